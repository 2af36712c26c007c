// SPDX-License-Identifier: GPL-2.0-or-later
//
// The network interfaces that are hardware.  Touches: sys/class/net of the tree, and by ids.c names.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "p2v-inspect/ids.h"
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

// PCI numbers are the device's own, or, where it is a virtio device, of what that is on; USB numbers are of the device that the
// interface belongs to.
static void read_names(struct inspection *in, int dir, const char *name, struct nic_texts *texts)
{
    static const struct { const char *vendor, *product; enum id_bus bus; } places[] = {
        { "device/../idVendor", "device/../idProduct", IDS_USB },
        { "device/../vendor", "device/../device", IDS_PCI },           // of virtio alone
        { "device/vendor", "device/device", IDS_PCI },
    };
    char link[TREE_PATH_MAX];
    size_t place = 2;
    if (tree_exists(dir, places[0].vendor))
        place = 0;
    else if (tree_read_link(dir, "device/subsystem", link, sizeof link) && strstr(link, "/bus/virtio") != NULL && tree_exists(dir, places[1].vendor))
        place = 1;
    inspect_text(in, dir, places[place].vendor, name, texts->vendor, sizeof texts->vendor);
    inspect_text(in, dir, places[place].product, name, texts->product, sizeof texts->product);
    ids_name(in, places[place].bus, texts->vendor, texts->product, sizeof texts->vendor);
}

// The kernel says neither while the interface is not up; -1 is "unknown".
static void read_link(struct inspection *in, int dir, const char *name, P2v__Nic *nic)
{
    char text[16];
    uint64_t carrier;
    if (tree_read_number(dir, "carrier", &carrier) == TREE_READ)
        nic->link = carrier == 0 ? P2V__LINK__LINK_DOWN : P2V__LINK__LINK_UP;
    if (tree_read_line(dir, "speed", text, sizeof text) == TREE_READ && text[0] != '-' && strcmp(text, "4294967295") != 0)
        nic->speed_mbits = (uint32_t)inspect_number(in, dir, "speed", name, 0, 10000000);
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
    *nic = (P2v__Nic)P2V__NIC__INIT;
    if (!read_mac(in, dir, name, texts->mac))
        return;
    snprintf(texts->name, sizeof texts->name, "%s", name);
    read_names(in, dir, name, texts);
    read_driver(dir, texts);
    read_link(in, dir, name, nic);
    nic->index = (uint32_t)inspect_number(in, dir, "ifindex", name, 0, INT32_MAX);
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
