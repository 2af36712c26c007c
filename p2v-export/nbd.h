// SPDX-License-Identifier: GPL-2.0-or-later
//
// The numbers of the NBD protocol (NetworkBlockDevice/nbd, doc/proto.md) that this server speaks, and its byte order.
// Section names in the comments of this folder are that document's.
#ifndef P2V_EXPORT_NBD_H
#define P2V_EXPORT_NBD_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

// "Newstyle negotiation"
#define NBD_MAGIC UINT64_C(0x4e42444d41474943)           // "NBDMAGIC"
#define NBD_OPTION_MAGIC UINT64_C(0x49484156454f5054)    // "IHAVEOPT"
#define NBD_OPTION_REPLY_MAGIC UINT64_C(0x3e889045565a9)
enum { NBD_FLAG_FIXED_NEWSTYLE = 1, NBD_FLAG_NO_ZEROES = 2 };           // server's and client's
#define NBD_MAX_STRING 4096                                             // "Export name": no string is longer
#define NBD_OPTION_HEADER 16                                            // magic, option, length
#define NBD_OPTION_REPLY_HEADER 20                                      // magic, option, reply, length

// "Option types"
enum {
    NBD_OPT_EXPORT_NAME = 1, NBD_OPT_ABORT = 2, NBD_OPT_LIST = 3, NBD_OPT_STARTTLS = 5, NBD_OPT_INFO = 6, NBD_OPT_GO = 7,
    NBD_OPT_STRUCTURED_REPLY = 8, NBD_OPT_LIST_META_CONTEXT = 9, NBD_OPT_SET_META_CONTEXT = 10,
};

// "Option reply types"
#define NBD_REP_ACK UINT32_C(1)
#define NBD_REP_SERVER UINT32_C(2)
#define NBD_REP_INFO UINT32_C(3)
#define NBD_REP_META_CONTEXT UINT32_C(4)
#define NBD_REP_ERR_UNSUP UINT32_C(0x80000001)
#define NBD_REP_ERR_INVALID UINT32_C(0x80000003)
#define NBD_REP_ERR_UNKNOWN UINT32_C(0x80000006)
#define NBD_REP_ERR_TOO_BIG UINT32_C(0x80000009)
enum { NBD_INFO_EXPORT = 0, NBD_INFO_NAME = 1, NBD_INFO_BLOCK_SIZE = 3 };

// "Transmission flags"
enum { NBD_FLAG_HAS_FLAGS = 1, NBD_FLAG_READ_ONLY = 2, NBD_FLAG_SEND_DF = 0x80, NBD_FLAG_CAN_MULTI_CONN = 0x100 };

// "Request message"
#define NBD_REQUEST_MAGIC UINT32_C(0x25609513)
#define NBD_REQUEST_HEADER 28                                           // magic, flags, type, cookie, offset, length
#define NBD_MAX_READ (UINT32_C(32) << 20)                               // "Block size constraints": maximum payload
enum {
    NBD_CMD_READ = 0, NBD_CMD_WRITE = 1, NBD_CMD_DISC = 2, NBD_CMD_FLUSH = 3, NBD_CMD_TRIM = 4, NBD_CMD_CACHE = 5,
    NBD_CMD_WRITE_ZEROES = 6, NBD_CMD_BLOCK_STATUS = 7,
};
enum { NBD_CMD_FLAG_DF = 4, NBD_CMD_FLAG_REQ_ONE = 8 };

// "Simple reply message", "Structured reply chunk message", "Structured reply types"
#define NBD_SIMPLE_REPLY_MAGIC UINT32_C(0x67446698)
#define NBD_SIMPLE_REPLY 16                                             // magic, error, cookie
#define NBD_CHUNK_MAGIC UINT32_C(0x668e33ef)
#define NBD_CHUNK_HEADER 20                                             // magic, flags, type, cookie, length
enum { NBD_REPLY_FLAG_DONE = 1 };
enum {
    NBD_REPLY_TYPE_NONE = 0, NBD_REPLY_TYPE_OFFSET_DATA = 1, NBD_REPLY_TYPE_OFFSET_HOLE = 2, NBD_REPLY_TYPE_BLOCK_STATUS = 5,
    NBD_REPLY_TYPE_ERROR = 0x8001, NBD_REPLY_TYPE_ERROR_OFFSET = 0x8002,
};

// "Metadata querying": the one context we have
#define NBD_ALLOCATION "base:allocation"
#define NBD_ALLOCATION_ID 1
enum { NBD_STATE_HOLE = 1, NBD_STATE_ZERO = 2 };

// "Error values"
enum { NBD_OK = 0, NBD_EPERM = 1, NBD_EIO = 5, NBD_EINVAL = 22 };

// Big-endian numbers at any address.  The put_ functions return the byte after what they wrote.
static inline uint8_t *put16(uint8_t *p, uint16_t v) { v = htobe16(v); memcpy(p, &v, 2); return p + 2; }
static inline uint8_t *put32(uint8_t *p, uint32_t v) { v = htobe32(v); memcpy(p, &v, 4); return p + 4; }
static inline uint8_t *put64(uint8_t *p, uint64_t v) { v = htobe64(v); memcpy(p, &v, 8); return p + 8; }
static inline uint16_t get16(const uint8_t *p) { uint16_t v; memcpy(&v, p, 2); return be16toh(v); }
static inline uint32_t get32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return be32toh(v); }
static inline uint64_t get64(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return be64toh(v); }

#endif
