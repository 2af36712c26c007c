// SPDX-License-Identifier: GPL-2.0-or-later
//
// The network interfaces that are hardware.  Touches: sys/class/net of the tree.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "p2v-inspect/inventory.h"
#include "p2v-inspect/names.h"
#include "proto/text.h"

#define ETHERNET 1                 // ARPHRD_ETHER of <linux/if_arp.h>; wireless interfaces are of it as well

// False for the loopback and for bridges, bonds, VLANs, tunnels: the machine's own making, nothing to be replaced.
static bool is_hardware(struct inspection *in, int dir, const char *path)
{
    char link[TREE_PATH_MAX];
    uint64_t type;
    if (tree_read_link(in->root, path, link, sizeof link) && strstr(link, "/devices/virtual/") != NULL)
        return false;
    return tree_read_number(dir, "type", &type) == TREE_READ && type == ETHERNET && tree_exists(dir, "device");
}

static bool read_mac(struct inspection *in, int dir, const char *name, char mac[18])
{
    // A member of a bond may have been given the bond's address; it keeps its own here.
    if (!inspect_text(in, dir, "bonding_slave/perm_hwaddr", name, mac, 18) &&
        !inspect_text(in, dir, "address", name, mac, 18))
        return false;
    for (char *p = mac; *p != '\0'; p++)
        if (*p >= 'A' && *p <= 'F')
            *p = (char)(*p - 'A' + 'a');
    if (text_is_mac(mac) && strcmp(mac, "00:00:00:00:00:00") != 0)
        return true;
    inspect_note(in, "network interface %s is left out: its address is no MAC address", name);
    return false;
}

static void read_driver(int dir, struct nic_texts *texts)
{
    char link[TREE_PATH_MAX];
    const char *slash;
    if (tree_read_link(dir, "device/driver", link, sizeof link) && (slash = strrchr(link, '/')) != NULL &&
        strlen(slash + 1) < sizeof texts->driver && text_is_word(slash + 1))
        snprintf(texts->driver, sizeof texts->driver, "%s", slash + 1);
}

static void read_nic(struct inspection *in, int dir, const char *name)
{
    struct inventory *inventory = in->inventory;
    size_t at = inventory->message.n_nics;
    if (at == MAX_NICS) {
        inspect_note(in, "network interface %s is left out: there are more than %d", name, MAX_NICS);
        return;
    }
    struct nic_texts *texts = &inventory->nic_texts[at];
    P2v__Nic *nic = &inventory->nics[at];
    *texts = (struct nic_texts){ 0 };
    if (!read_mac(in, dir, name, texts->mac))
        return;
    snprintf(texts->name, sizeof texts->name, "%s", name);
    // Numbers for now: names are in tables of thousands of lines (pci.ids, usb.ids).
    inspect_text(in, dir, "device/vendor", name, texts->vendor, sizeof texts->vendor);
    inspect_text(in, dir, "device/device", name, texts->product, sizeof texts->product);
    read_driver(dir, texts);
    *nic = (P2v__Nic)P2V__NIC__INIT;
    nic->name = texts->name;
    nic->mac = texts->mac;
    nic->vendor = texts->vendor;
    nic->product = texts->product;
    nic->driver = texts->driver;
    inventory->nic_list[at] = nic;
    inventory->message.n_nics++;
}

void inspect_nics(struct inspection *in)
{
    struct names names;
    names_list(&names, in->root, "sys/class/net", text_is_interface_name);
    for (size_t i = 0; i < names.count; i++) {
        char path[TREE_PATH_MAX];
        snprintf(path, sizeof path, "sys/class/net/%s", names.name[i]);
        int dir = tree_open(in->root, path);
        if (dir < 0)
            continue;
        if (is_hardware(in, dir, path))
            read_nic(in, dir, names.name[i]);
        close(dir);
    }
}
