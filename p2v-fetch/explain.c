// SPDX-License-Identifier: GPL-2.0-or-later
//
// What went wrong with a transfer, as one sentence for a person: what, why, what to do.  Pure memory.
#include <errno.h>
#include <string.h>

#include "p2v-fetch/transfer.h"

// X509_V_ERR_* of OpenSSL, which libcurl passes on; what the chain of certificates does not explain is the name.
enum { CERT_UNSPECIFIED = 1, CERT_NOT_YET_VALID = 9, CERT_HAS_EXPIRED = 10 };

#define FETCH "%s cannot be fetched: "

static int explain_status(const struct transfer *transfer, const struct place *place, struct error *err)
{
    switch (transfer->status) {
    case 401:
        return error_set(err, FETCH "the server wants a user name and a password, or other ones (401)", place->shown);
    case 403:
        return error_set(err, FETCH "the server does not give it (403 Forbidden); ssh-keygen makes private keys with mode 0600, which a "
                         "web server cannot read: use chmod 0644 on the copy there", place->shown);
    case 404:
        return error_set(err, FETCH "the server does not have it (404 Not Found); check the URL, and that the file is in the web server's "
                         "folder, with mode 0644", place->shown);
    default:
        return error_set(err, FETCH "the server answers with status %ld in place of the file; see the server's log", place->shown, transfer->status);
    }
}

static int explain_connect(const struct transfer *transfer, const struct place *place, struct error *err)
{
    switch (transfer->system_error) {
    case ECONNREFUSED:
        return error_set(err, FETCH "%s refuses connections on port %s; check the URL, and that the server runs", place->shown, place->host, place->port);
    case ENETUNREACH:
    case EHOSTUNREACH:
        return error_set(err, FETCH "there is no way to %s from here; check this machine's network configuration", place->shown, place->host);
    default:
        return error_set(err, FETCH "%s does not answer on port %s; check the URL, the network and the firewalls in between", place->shown,
                         place->host, place->port);
    }
}

static int explain_certificate(const struct transfer *transfer, const struct place *place, struct error *err)
{
    if (transfer->verification == CERT_HAS_EXPIRED || transfer->verification == CERT_NOT_YET_VALID)
        return error_set(err, FETCH "the certificate of %s %s; check this machine's clock, and the certificate", place->shown, place->host,
                         transfer->verification == CERT_HAS_EXPIRED ? "has expired" : "is not valid yet");
    if (transfer->verification > CERT_UNSPECIFIED)
        return error_set(err, FETCH "the certificate of %s is not from a CA that is trusted; for a private CA give its certificate by p2v.cacert (%s)",
                         place->shown, place->host, transfer->words);
    return error_set(err, FETCH "the certificate is for another name than %s; use the name that is in the certificate (%s)", place->shown,
                     place->host, transfer->words);
}

static int explain(const struct transfer *transfer, const struct place *place, CURLcode code, struct error *err)
{
    switch (code) {
    case CURLE_OK:
    case CURLE_HTTP_RETURNED_ERROR:
        return explain_status(transfer, place, err);
    case CURLE_COULDNT_CONNECT:
        return explain_connect(transfer, place, err);
    case CURLE_PEER_FAILED_VERIFICATION:
        return explain_certificate(transfer, place, err);
    case CURLE_SSL_CACERT_BADFILE:
        return error_set(err, FETCH "there are no CA certificates to check the server by; check p2v.cacert, which is a file of PEM certificates, "
                         "or install ca-certificates", place->shown);
    case CURLE_OPERATION_TIMEDOUT:
        if (!transfer->connected)
            return explain_connect(transfer, place, err);
        return error_set(err, FETCH "%s is too slow, or answers no more; check the server and the network, and try again", place->shown, place->host);
    case CURLE_WRITE_ERROR:
        if (transfer->too_large)
            return error_set(err, FETCH "it is larger than %zu bytes; check that the URL names the right file", place->shown, transfer->content->limit);
        return error_set(err, FETCH "%s answers with headers that have no end", place->shown, place->host);
    case CURLE_LOGIN_DENIED:
        return error_set(err, FETCH "%s does not let this user in", place->shown, place->host);
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_FTP_COULDNT_RETR_FILE:
    case CURLE_REMOTE_FILE_NOT_FOUND:
    case CURLE_TFTP_NOTFOUND:
    case CURLE_TFTP_PERM:
    case CURLE_TFTP_ILLEGAL:           // tftpd-hpa's word for a file that not everybody may read
        return error_set(err, FETCH "the server does not have it, or may not give it; check the URL, and that the file has mode 0644 there: "
                         "ssh-keygen makes private keys with mode 0600", place->shown);
    case CURLE_SSL_CONNECT_ERROR:
        return error_set(err, FETCH "no secure connection to %s can be agreed upon; check that port %s is that of https (%s)", place->shown,
                         place->host, place->port, transfer->words);
    default:
        return error_set(err, FETCH "%s", place->shown, transfer->words[0] != '\0' ? transfer->words : curl_easy_strerror(code));
    }
}

// Silence, a refusal by the system there, a connection that ends in the middle; in TLS's handshake libcurl has no number for that.
static bool is_away(const struct transfer *transfer, CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        return true;
    case CURLE_SSL_CONNECT_ERROR:
        return strstr(transfer->words, "SSL_connect: ") != NULL || strstr(transfer->words, " failure: ") != NULL;   // Recv, Send
    default:
        return false;
    }
}

int transfer_explain(const struct transfer *transfer, const struct place *place, CURLcode code, struct error *err)
{
    explain(transfer, place, code, err);
    return is_away(transfer, code) ? TRANSFER_AWAY : -1;
}
