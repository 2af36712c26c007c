// SPDX-License-Identifier: GPL-2.0-or-later
//
// virt-v2v-wrapper.sh as bytes of the program.
#include "p2v-transport/wrapper.h"

// The path is from the root of the tree, where make runs.
__asm__(".pushsection .rodata\n"
        ".global wrapper_begin\n.global wrapper_end\n"
        "wrapper_begin: .incbin \"p2v-transport/virt-v2v-wrapper.sh\"\n"
        "wrapper_end: .byte 0\n"
        ".popsection\n");
