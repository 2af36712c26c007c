// SPDX-License-Identifier: GPL-2.0-or-later
//
// virt-v2v-wrapper.sh, as it lies beside this file, within the program.
#ifndef P2V_TRANSPORT_WRAPPER_H
#define P2V_TRANSPORT_WRAPPER_H

extern const char wrapper_begin[], wrapper_end[];   // wrapper_end - wrapper_begin bytes

#endif
