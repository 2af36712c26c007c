// SPDX-License-Identifier: GPL-2.0-or-later
//
// The small files for the remote directory, by SFTP version 3 (draft-ietf-secsh-filexfer-02): as much of it as that takes.
// Touches: the SSH connection.
//
// libssh has an SFTP client, but one that waits for each answer inside itself, without our deadlines and keepalives, and that
// takes packets of any size from the server.
#ifndef P2V_TRANSPORT_SFTP_H
#define P2V_TRANSPORT_SFTP_H

#include "p2v-transport/bundle.h"
#include "p2v-transport/link.h"

// Makes directory (mode 0700; must not exist) with the bundle's files (mode 0600).  Three round trips, however many files.
// 0, or -1 with err: there is no SFTP, or it cannot; the directory may be there, in part.
int sftp_upload(struct link *link, const struct bundle *bundle, const char *directory, struct error *err);

#endif
