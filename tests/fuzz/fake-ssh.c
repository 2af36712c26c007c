// SPDX-License-Identifier: GPL-2.0-or-later
//
// A conversion server that says what an input says, and the random names that would make two runs of one input differ.
#include "tests/fuzz/fake-ssh.h"

#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <unistd.h>

#include "p2v-transport/names.h"

#define WRITTEN_MAX (4 * 1024 * 1024)
#define IDLE_MAX 100                   // wake-ups without a command, before the connection is lost

struct ssh_channel_struct {
    ssh_channel_callbacks callbacks;
    struct input status, complaint, output;
    bool told;                         // of its end
};

static struct input script;
static size_t bytes_at_once, written_size, idle;
static bool connected;
static struct ssh_channel_struct *open_channel;        // one at a time is looked at; others rest
static int wakeful[2] = { -1, -1 };                    // the "socket": readable at all times
static uint8_t *written;

void fake_ssh_begin(struct link *link, struct input input, size_t step)
{
    if (wakeful[0] < 0)
        MUST(pipe(wakeful) == 0 && write(wakeful[1], "", 1) == 1 && (written = malloc(WRITTEN_MAX)) != NULL);
    script = input;
    bytes_at_once = step;
    written_size = idle = 0;
    connected = true;
    *link = (struct link){ .session = (ssh_session)&script, .fd = wakeful[0], .server = "conv.example.com", .heard_at = clock_ms() };
}

void fake_ssh_end(struct link *link)
{
    MUST(open_channel == NULL);        // whoever opened it has closed it
    *link = (struct link){ .fd = -1 };
}

const uint8_t *fake_ssh_written(size_t *size)
{
    *size = written_size;
    return written;
}

// ---- the session ---------------------------------------------------------------------------------------

int ssh_is_connected(ssh_session session) { (void)session; return connected; }
const char *ssh_get_error(void *error) { (void)error; return "the script is over"; }
int ssh_get_poll_flags(ssh_session session) { (void)session; return 0; }
int ssh_send_ignore(ssh_session session, const char *data) { (void)session, (void)data; return SSH_OK; }
int ssh_send_keepalive(ssh_session session) { (void)session; return SSH_OK; }
void ssh_disconnect(ssh_session session) { (void)session; }
void ssh_free(ssh_session session) { (void)session; }
void ssh_event_free(ssh_event event) { (void)event; }
int ssh_event_remove_session(ssh_event event, ssh_session session) { (void)event, (void)session; return SSH_OK; }

// Brings the next of the standard error, then the next of the output, then the end.
int ssh_event_dopoll(ssh_event event, int timeout)
{
    (void)event, (void)timeout;
    struct ssh_channel_struct *c = open_channel;
    if (c == NULL) {                   // somebody else is waited for
        connected = ++idle < IDLE_MAX;
        return connected ? SSH_OK : SSH_ERROR;
    }
    struct input part = input_take(&c->complaint, bytes_at_once);
    void *context = c->callbacks->userdata;
    if (part.size > 0) {
        c->callbacks->channel_data_function(NULL, c, (void *)(uintptr_t)part.data, (uint32_t)part.size, 1, context);
    } else if (c->output.size > 0) {
        c->callbacks->channel_data_function(NULL, c, (void *)(uintptr_t)c->output.data, (uint32_t)c->output.size, 0, context);
    } else if (!c->told) {
        c->told = true;
        if (c->status.size > 0)
            c->callbacks->channel_exit_status_function(NULL, c, c->status.data[0], context);
    } else {
        connected = false;
        return SSH_ERROR;
    }
    return SSH_OK;
}

// ---- channels ------------------------------------------------------------------------------------------

ssh_channel ssh_channel_new(ssh_session session)
{
    (void)session;
    return calloc(1, sizeof(struct ssh_channel_struct));
}

void ssh_channel_free(ssh_channel channel)
{
    if (open_channel == channel)
        open_channel = NULL;
    free(channel);
}

int ssh_set_channel_callbacks(ssh_channel channel, ssh_channel_callbacks callbacks)
{
    channel->callbacks = callbacks;
    return SSH_OK;
}

int ssh_remove_channel_callbacks(ssh_channel channel, ssh_channel_callbacks callbacks)
{
    MUST(channel->callbacks == callbacks);
    channel->callbacks = NULL;
    return SSH_OK;
}

int ssh_channel_open_session(ssh_channel channel)
{
    if (script.size == 0)
        connected = false;
    channel->status = input_record(&script);
    channel->complaint = input_record(&script);
    channel->output = input_record(&script);
    open_channel = channel;
    return connected ? SSH_OK : SSH_ERROR;
}

int ssh_channel_request_exec(ssh_channel channel, const char *command)
{
    (void)channel;
    MUST(strlen(command) > 0);
    return SSH_OK;
}

int ssh_channel_request_subsystem(ssh_channel channel, const char *name)
{
    return ssh_channel_request_exec(channel, name);
}

int ssh_channel_read_nonblocking(ssh_channel channel, void *into, uint32_t size, int is_stderr)
{
    (void)is_stderr;
    struct input part = input_take(&channel->output, size < bytes_at_once ? size : bytes_at_once);
    if (part.size > 0)
        memcpy(into, part.data, part.size);
    return (int)part.size;
}

int ssh_channel_write(ssh_channel channel, const void *data, uint32_t size)
{
    (void)channel;
    MUST(size <= WRITTEN_MAX - written_size);
    memcpy(written + written_size, data, size);
    written_size += size;
    return (int)size;
}

int ssh_channel_is_eof(ssh_channel channel) { return channel->output.size == 0; }
int ssh_channel_is_closed(ssh_channel channel) { return channel->told; }
int ssh_channel_is_open(ssh_channel channel) { return connected && !channel->told; }
int ssh_channel_close(ssh_channel channel) { (void)channel; return SSH_OK; }
int ssh_channel_send_eof(ssh_channel channel) { (void)channel; return SSH_OK; }
uint32_t ssh_channel_window_size(ssh_channel channel) { (void)channel; return 65536; }

// ---- p2v-transport/names.h -----------------------------------------------------------------------------

void names_directory(time_t now, char name[NAMES_DIRECTORY_SIZE])
{
    (void)now;
    snprintf(name, NAMES_DIRECTORY_SIZE, "/tmp/virt-p2v-20261122-abcdefgh");
}

void names_mark(char name[NAMES_MARK_SIZE])
{
    snprintf(name, NAMES_MARK_SIZE, "MARK");
}
