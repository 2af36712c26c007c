// SPDX-License-Identifier: GPL-2.0-or-later
//
// Messages as JSON.  Touches: the stream of the given struct json.
#ifndef P2V_PROTO_MESSAGE_JSON_H
#define P2V_PROTO_MESSAGE_JSON_H

#include "proto/json.h"
#include "proto/p2v.pb-c.h"

#define MESSAGE_JSON_SECRET "(secret)"     // stands where a secret, or the rest of a text, is left out

// Writes every field of message, which is one that check.c has let pass, into the object that is open.  The names are those of
// proto/p2v.proto; an enum is its last word ("FIRMWARE_UEFI": "uefi"); bytes are how many they are.  Secrets (redact.c) are left out: of them
// alone is told whether there is one.  Returns how many bytes were left out.
size_t message_json_fields(struct json *json, const ProtobufCMessage *message);

#endif
