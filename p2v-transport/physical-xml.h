// SPDX-License-Identifier: GPL-2.0-or-later
//
// physical.xml: the machine as virt-v2v's -i libvirtxml reads it.  It is no real libvirt XML.  Pure memory (libxml2's writer).
#ifndef P2V_TRANSPORT_PHYSICAL_XML_H
#define P2V_TRANSPORT_PHYSICAL_XML_H

#include <stddef.h>

#include "proto/p2v.pb-c.h"

// The document, malloc'd and NUL-terminated, its length in *size; NULL: out of memory.
char *physical_xml(const P2v__Machine *machine, size_t *size);

#endif
