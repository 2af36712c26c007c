#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-ui-gtk on a display, locked as in production, with keys pressed by a pretended person: every dialog and button, first
# before a pretended supervisor, whose messages say what was entered, then by --demo.
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import Tap, listens, quote, wait_for
from ui_gtk import EYE, PROGRAM, Demo, Display, Supervised
from configuration import HIDDEN, parts

tap = Tap()
display = Display()
NASTY = "<b>bold</b> &amp; \\_ \u00e9"
PRINT = "SHA256:" + 43 * "A"
INVENTORY = """inventory {
  hostname: "web01" architecture: "x86_64" memory_bytes: 8589934592 cpu { sockets: 1 cores: 4 threads: 1 acpi: true apic: true pae: true }
  rtc { basis: RTC_UTC } firmware: FIRMWARE_UEFI
  disks { name: "sda" size_bytes: 1073741824 vendor: "ATA" model: %s serial: "S1" }
  disks { name: "sdb" size_bytes: 2147483648 model: "M2" in_use: "mounted on /srv" }
  disks { name: "sdc" size_bytes: 2147483648 carries_root: true }
  disks { name: "sdd" size_bytes: 1073741824 same_as: "sda" }
  removables { name: "sr0" model: "DVD" }
  nics { name: "eth0" mac: "52:54:00:12:34:56" vendor: "Intel" product: %s link: LINK_UP speed_mbits: 1000 }
  nics { name: "eth1" mac: "52:54:00:12:34:57" }
}""" % (quote(NASTY), quote(NASTY))
SETTINGS = [("remote.server", ""), ("remote.port", "22"), ("auth.username", "root"), ("auth.identity.url", ""), ("auth.sudo", "false"),
            ("guestname", "web01"), ("vcpu.phys_topo", "false"), ("vcpu.cores", "4"), ("memory", "8192M"), ("disks", "sda,sdb"),
            ("removable", "sr0"), ("interfaces", "eth0,eth1"), ("network_map", ""), ("output.type", "local"),
            ("output.allocation", "sparse"), ("output.storage", "/var/tmp")]
FEATURES = 'ui_connected { fingerprint: "%s" features { version: "2.2.0" output_drivers: "libvirt" output_drivers: "local" } }' % PRINT


def settings(values, password_set="false"):
    return "ui_settings { %s password_set: %s }" % (parts(["connection", "guest", "output"], dict(values)), password_set)


def begin(ui, told=settings(SETTINGS), noted=None):
    ui.send("ui_start { dialogs: true shell: true network: true power: true }")
    if noted is not None:
        ui.send(noted)
    ui.send(INVENTORY)
    ui.send('contents { name: "sda" table: "gpt" contents { partition: 1 size_bytes: 1048576 type: "ext4" label: %s } }' % quote(NASTY))
    ui.send('contents { name: "sdb" contents { size_bytes: 1048576 type: "LVM2_member" set_kind: "volume group" set_name: "vg0" set: "x" } }')
    ui.send(told)
    ui.send("ui_phase { phase: PHASE_ASKING }")


def start():
    ui = Supervised(display)
    begin(ui)
    window = display.window()
    display.rests()
    return ui, window


def test_lock(ui):
    tap.ok(ui.ready.kind == "ready" and ui.ready.field("program") == b"p2v-ui-gtk", "it is ready", ui.ready.text)
    missing = re.findall(r'name: "([^"]*)"\s*detail', ui.ready.text)
    if os.geteuid() == 0:
        allowed = {"pid namespace"}                     # which virt-p2v starts helpers in
        tap.ok(set(missing) <= allowed, "every layer of its lock holds", ui.ready.text)
        tap.equal((ui.status("Uid")[:3], ui.status("Gid")[:3]), (["60706"] * 3, ["60706"] * 3), "it has a uid of its own")
        tap.equal([ui.status(key)[0] for key in ("CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd")], ["0" * 16] * 5, "and no capability")
        root = "/proc/%d/root" % ui.process.pid
        tap.equal(sorted(os.listdir(root + "/tmp/.X11-unix")), ["X" + display.name[1:]], "it sees its display's socket and no other")
        tap.equal(os.stat(root + display.cookie).st_mode & 0o777, 0o400, "and a copy of the display's cookie, to read")
    tap.equal(ui.status("Seccomp")[0], "2", "seccomp filters it")


def test_connection(ui):
    display.fills("s", "conv.example.com")
    display.fills("p", "2222")
    display.fills("u", "v2v")
    seen = shown_at(EYE["password"])
    display.clicks(*EYE["password"])
    display.rests()
    tap.ok(shown_at(EYE["password"]) != seen, "the password can be shown")
    display.fills("w", "s3cret \\")
    display.fills("i", "https://example.com/id")
    display.keys("alt+r")
    display.keys("alt+t")
    connect = ui.receive()
    tap.equal((connect.kind, ui.settings(connect)),
              ("ui_connect", {"remote.server": "conv.example.com", "remote.port": "2222", "auth.username": "v2v",
                              "auth.identity.url": "https://example.com/id", "auth.sudo": "true"}), "'Test connection' sends what was typed")
    tap.equal((connect.field("password"), connect.field("password_given")), (b"s3cret \\", "true"), "and the password")
    ui.send('host_key_ask { server: "[conv.example.com]:2222" type: "ssh-ed25519" fingerprint: "%s" person: true }' % PRINT)
    display.rests()
    display.keys("Return")
    tap.equal(ui.receive().field("answer"), "ANSWER_NO", "a host key is asked about; Enter alone does not accept it")
    ui.send('ui_connected { text: "the host key was not accepted" }')
    display.rests()
    display.keys("alt+t")
    tap.equal(ui.receive().field("password"), b"s3cret \\", "it can be tested again, with the same")
    ui.send('host_key_ask { server: "[conv.example.com]:2222" type: "ssh-ed25519" fingerprint: "%s" person: true }' % PRINT)
    display.rests()
    display.keys("alt+y")
    tap.equal(ui.receive().field("answer"), "ANSWER_YES", "and accepted")
    ui.send("secret_ask { kind: SECRET_PASSPHRASE }")
    display.rests()
    display.types(1025 * "x")
    display.keys("Return")
    display.rests()
    display.types("open sesame")
    display.keys("Return")
    tap.equal(ui.receive().field("secret"), b"open sesame", "a passphrase is asked for, and again where it was too long, with nothing left of that")
    ui.send("secret_ask { kind: SECRET_QUESTION prompt: %s echo: true }" % quote(NASTY))
    display.rests()
    display.types("123456")
    display.keys("alt+o")
    tap.equal(ui.receive().field("secret"), b"123456", "and what the server wants to know, with nothing left of the last answer")
    ui.send("secret_ask { kind: SECRET_QUESTION prompt: \"Another\" }")
    display.rests()
    display.keys("Escape")
    tap.equal(ui.receive().field("answer"), "ANSWER_NO", "Escape is no answer")
    ui.send(FEATURES)
    display.rests()
    display.keys("alt+w", "ctrl+z", "ctrl+z", "ctrl+z", "alt+t")
    tap.ok("password_given" not in ui.receive().text, "an accepted password, which was shown, cannot be brought back")
    ui.send(FEATURES)
    display.rests()


def test_requests(ui):
    display.keys("alt+c")
    tap.equal(ui.receive().field("kind"), "UI_REQUEST_NETWORK", "'Configure network' is a request")
    ui.send("ui_request_done { kind: UI_REQUEST_NETWORK done: true }")
    display.rests()
    display.keys("alt+x")
    tap.equal(ui.receive().field("kind"), "UI_REQUEST_SHELL", "and so is 'XTerm'")
    ui.send('ui_request_done { kind: UI_REQUEST_SHELL done: false text: "no xterm is installed" }')
    display.rests()
    display.keys("alt+a")
    display.rests()
    display.keys("alt+c")                               # "Close" of "About": nothing is requested
    display.rests()
    display.keys("alt+n")


def test_choice(ui):
    check = ui.receive()
    sent = ui.settings(check)
    tap.ok(check.kind == "ui_check" and sent["disks"] == "sda,sdb" and sent["memory"] == "8192M", "'Next' leads to what is checked at once", check.text)
    ui.send("ui_findings { }")
    display.rests()
    display.fills("n", "bad/name")
    display.keys("alt+s")
    tap.ok(silent(ui), "with a mistake in it nothing is sent")
    display.fills("n", "guest")
    display.fills("v", "2")
    display.fills("m", "4096")
    display.fills("e", "qemu+ssh://conv/system")
    display.fills("t", "default")
    display.fills("f", "qcow2")
    display.fills("h", "a=1,b=2")
    sent = settled(ui)
    for key, row in (("o", "Home"), ("a", "End")):      # the first of the server's output modes, the last allocation
        display.keys("alt+" + key)
        display.rests()
        display.keys(row, "Return")
        sent = settled(ui)
    wanted = {"guestname": "guest", "vcpu.cores": "2", "memory": "4096M", "output.connection": "qemu+ssh://conv/system",
              "output.storage": "default", "output.format": "qcow2", "output.misc": "a=1,b=2", "output.type": "libvirt",
              "output.allocation": "preallocated", "vcpu.phys_topo": "false"}
    tap.equal({key: sent.get(key) for key in wanted}, wanted, "every field is sent as it was typed or chosen")
    display.keys("alt+c")
    tap.equal(settled(ui).get("vcpu.phys_topo"), "true", "the machine's topology can be chosen")


def test_devices(ui):
    """From the topology's check button by Tab, through all that can be reached."""
    display.keys("alt+h")                               # the last field of the left column
    display.keys("Tab", "space")
    tap.equal(settled(ui).get("disks"), "sdb", "Tab goes on to the disks: the first is left out")
    display.keys("Tab", "space")
    tap.equal(settled(ui).get("disks"), "", "and the second")
    display.keys("Tab", "space")
    tap.equal(settled(ui).get("removable"), "", "those that are not offered cannot be reached; the removable drive is next")
    display.keys("Tab", "Tab", "ctrl+a")
    display.types("lan")
    tap.equal(settled(ui).get("network_map"), "eth0:lan", "an interface's target network")
    display.keys("Tab", "space")
    identify = ui.receive()
    tap.equal((identify.field("kind"), identify.field("name")), ("UI_REQUEST_IDENTIFY", b"eth0"), "its light is blinked")
    ui.send("ui_request_done { kind: UI_REQUEST_IDENTIFY done: true }")
    display.rests()
    display.keys("Tab", "space")
    tap.equal(settled(ui).get("interfaces"), "eth0", "the second interface is left out")


def test_start(ui):
    display.keys("alt+b")
    display.rests()
    display.keys("alt+n")
    tap.ok(settled(ui).get("interfaces") == "eth0", "'Back' leads back, and nothing is lost")
    display.keys("alt+s")
    convert = ui.receive()
    tap.equal((convert.kind, convert.field("overrule")), ("ui_convert", b""), "'Start' sends it")
    ui.send('ui_findings { findings { name: "disks" text: %s error: true } }' % quote(NASTY))
    display.rests()
    display.keys("Return")
    tap.equal(ui.receive().field("overrule"), b"", "an error cannot be overruled; the keyboard is where it can be tried again")
    ui.send('ui_findings { findings { name: "disks" text: "a part of vg0" } findings { text: %s } }' % quote(NASTY))
    display.rests()
    display.keys("alt+b")
    display.rests()
    display.keys("alt+s")
    tap.equal(ui.receive().field("overrule"), b"", "of a warning the person is asked, and may go back")
    ui.send('ui_findings { findings { name: "disks" text: "a part of vg0" } }')
    display.rests()
    display.keys("alt+s")
    tap.equal(ui.receive().field("overrule"), "true", "or start all the same")


def test_running(ui):
    ui.send('ui_phase { phase: PHASE_CONNECTING server: "conv.example.com" }')
    ui.send('ui_phase { phase: PHASE_CONVERTING server: "conv.example.com" remote_directory: "/tmp/virt-p2v-20260101-abcdefgh" }')
    ui.send('note { level: WARNING text: %s }' % quote(NASTY))
    ui.send("conversion_output { data: %s }" % quote("\033[31mred\033[0m \033[2J\033]0;title\007<b>\r\n"))
    for part in (0, 300, 600):
        ui.send('progress { name: "sdb" size_bytes: 2147483648 sent_bytes: %d zero_bytes: %d }' % (part << 20, part << 19))
    ui.send('progress { name: "unknown" size_bytes: 1 }')
    tap.ok(display.rests(), "the conversion is shown")
    ui.send("conversion_output { data: %s }" % quote("line\n" * 2500))
    display.rests()
    display.keys("alt+c")
    display.rests()
    display.keys("Return")
    display.rests()
    tap.ok(silent(ui), "'Cancel' asks first, and Enter alone does not")
    display.keys("alt+c")
    display.rests()
    display.keys("alt+c")
    tap.equal(ui.receive().field("kind"), "UI_REQUEST_CANCEL", "then it is a request")
    ui.send("ui_request_done { kind: UI_REQUEST_CANCEL done: true }")
    ui.send('ui_phase { phase: PHASE_CANCELLING server: "conv.example.com" }')
    ui.send('ui_verdict { result: CONVERSION_CANCELLED text: %s }' % quote("It was cancelled.\n" + NASTY))
    display.rests()
    for key, kind in (("s", "SAVE_LOG"), ("h", "SHUTDOWN"), ("r", "REBOOT")):
        if kind != "SAVE_LOG":
            display.keys("alt+" + key)
            display.rests()
            display.keys("Return")
            tap.ok(silent(ui), "%s asks first, and Enter alone does not" % kind)
        display.keys("alt+" + key)
        if kind != "SAVE_LOG":
            display.rests()
            display.keys("alt+y")
        tap.equal(ui.receive().field("kind"), "UI_REQUEST_" + kind, "after the verdict there is %s" % kind)
        ui.send('ui_request_done { kind: UI_REQUEST_%s done: true text: "/root/virt-p2v.log" }' % kind)
        display.rests()
    display.keys("alt+l")
    tap.equal(ui.receive().kind, "ui_finished", "'Close' is the end")
    tap.equal(ui.process.wait(60), 0, "with status 0")
    tap.equal(ui.said(), "", "and nothing was written on standard error")


def shown_at(place):
    x, y = place
    return display.run("import", "-window", "root", "-crop", "20x20+%d+%d" % (x - 10, y - 10), "txt:-").stdout


def silent(ui):
    try:
        return not ui.receive(2).kind
    except TimeoutError:
        return True


def settled(ui):
    """The last of the checks that it asks for now; each is answered by no findings."""
    sent = {}
    display.rests()
    while True:
        try:
            message = ui.receive(3)
        except TimeoutError:
            display.rests()
            return sent
        sent = ui.settings(message)
        ui.send("ui_findings { }")


def test_hidden():
    """What is configured and must not be shown; the pictures tell a field that shows that it has something from one that has nothing."""
    def shown(password_set, **values):
        ui = Supervised(display)
        begin(ui, settings(SETTINGS + [("remote.server", "conv.example.com")] + list(values.items()), password_set))
        display.window()
        display.rests()
        pictures = set()                                # a cursor blinks in the first field
        for _ in range(8):
            display.picture(display.directory + "/seen.ppm")
            with open(display.directory + "/seen.ppm", "rb") as file:
                pictures.add(file.read())
            time.sleep(0.2)
        return ui, pictures
    ui, nothing = shown("false")
    ui.channel.close()
    ui.process.wait(60)
    ui, hidden = shown("false", **{"auth.identity.url": HIDDEN, "output.misc": HIDDEN})
    tap.ok(not hidden & nothing, "a hidden identity is seen to be there")
    display.keys("alt+t")
    tap.equal(ui.settings(ui.receive())["auth.identity.url"], HIDDEN, "and sent back as that where it is left alone")
    ui.send('ui_connected { name: "auth.identity.url" text: "404 Not Found" }')
    display.rests()
    display.fills("i", "file:///id")
    display.keys("alt+t")
    tap.equal(ui.settings(ui.receive())["auth.identity.url"], "file:///id", "what is typed takes its place")
    ui.send(FEATURES)
    display.rests()
    display.keys("alt+n")
    tap.equal(ui.settings(ui.receive())["output.misc"], HIDDEN, "hidden options of virt-v2v's stay as well")
    ui.channel.close()
    ui.process.wait(60)


def test_news():
    """What warns of something before the conversion stays to be seen below the dialog where it came."""
    def below():
        display.rests()
        return display.run("import", "-window", "root", "-crop", "1000x600+0+560", "txt:-").stdout
    ui, window = start()
    calm = below()
    ui.send('note { level: WARNING text: "the host key is trusted unseen" }')
    warned = below()
    tap.ok(warned != calm, "a warning is seen")
    ui.send('note { level: INFO text: "logged in" }')
    tap.equal(below(), warned, "what is said afterwards does not take its place")
    ui.channel.close()
    ui.process.wait(60)
    ui = Supervised(display)
    begin(ui, noted='note { level: WARNING text: "the host key is trusted unseen" }')
    display.window()
    tap.equal(below(), warned, "what came while the machine was inspected is seen in the first dialog")
    ui.channel.close()
    ui.process.wait(60)
    ui = Supervised(display)
    begin(ui, noted='note { level: INFO text: "this machine is being inspected" }')
    display.window()
    tap.equal(below(), calm, "but for what was no warning")
    ui.channel.close()
    ui.process.wait(60)


def test_closed():
    ui, window = start()
    display.closes(window)
    tap.equal(ui.receive().field("kind"), "UI_REQUEST_CANCEL", "its window is closed before anything was begun: the run ends")
    tap.equal(ui.process.wait(60), 0, "with status 0")
    ui.channel.close()


def test_restarted():
    ui, window = start()
    ui.send('ui_phase { phase: PHASE_CONVERTING server: "conv.example.com" }')
    display.rests()
    tap.equal(display.run("xdotool", "windowclose", window).returncode, 0, "its window is closed by the display while it converts")
    status = ui.process.wait(60)
    tap.ok(ui.receive().kind == "closed", "it has not said that it is finished", status)
    ui.channel.close()
    ui, window = start()
    ui.channel.close()
    tap.equal(ui.process.wait(60), 0, "a supervisor that goes is a quiet end")
    ui, window = start()
    ui.send("export_ready { }")
    failure = ui.receive()
    tap.ok(failure.kind == "failure" and b"was sent ExportReady" in failure.field("text"), "what it does not take ends it", failure.text)
    tap.equal(ui.process.wait(60), 1, "with status 1")
    ui = Supervised(display)
    ui.send("ui_start { }")
    ui.send('ui_verdict { result: CONVERSION_FAILED text: "It failed." }')
    window = display.window()
    display.rests()
    display.keys("Return")
    tap.equal(ui.receive().kind, "ui_finished", "without dialogs there is the verdict alone, and Enter closes it")
    tap.equal(ui.process.wait(60), 0, "with status 0")


def test_demo(option):
    demo = Demo(display, option)
    window = display.window()
    if not tap.ok(window is not None, "%s: its window is there" % option, (demo.process.poll(), demo.said())):
        return
    display.rests()
    width, height = display.size(window)
    tap.ok(width <= 1024 and height <= 768, "%s: the window fits 1024x768" % option, (width, height))
    display.fills("s", "conv.example.com")
    display.fills("w", "secret")
    display.keys("alt+t")
    display.rests()                                     # not while the test's spinner turns
    display.keys("alt+y")
    display.rests()
    display.keys("alt+n")
    display.rests()
    width, height = display.size(window)
    tap.ok(width <= 1024 and height <= 768, "%s: and so do disks and network" % option, (width, height))
    display.keys("alt+s")
    display.rests()
    display.keys("alt+s")                               # warnings are overruled, where there are any
    tap.ok(demo.process.poll() is None, "%s: it converts" % option, demo.said())

    def closed():
        display.keys("alt+l")                           # nothing, before the verdict
        return demo.process.poll() is not None
    wait_for(closed, 60)
    tap.equal(demo.ends(), 0, "%s: and is closed after the verdict" % option)
    tap.equal(demo.said(), "", "%s: nothing was written on standard error" % option)


def test_displays():
    def tried(**environment):
        demo = Demo(display, "--demo", environment={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment})
        return demo.ends(), demo.said()
    for environment, said in (({}, "neither WAYLAND_DISPLAY nor DISPLAY"), ({"DISPLAY": "localhost:10"}, "only one of this machine"),
                              ({"DISPLAY": "/x:0"}, "only one of this machine"), ({"DISPLAY": ":99999"}, "cannot connect to the display"),
                              ({"WAYLAND_DISPLAY": "wayland-0"}, "XDG_RUNTIME_DIR is not set"),
                              ({"WAYLAND_DISPLAY": "x", "XDG_RUNTIME_DIR": "/nonexistent"}, "cannot connect to the display /nonexistent/x"),
                              ({"DISPLAY": display.name, "XAUTHORITY": "/nonexistent"}, "refuses this program")):
        status, output = tried(**environment)
        tap.ok(status == 1 and said in output, "%s: %s" % (environment, said), output)
    for arguments in ([], ["--demo=x"], ["more"], ["--demo", "more"]):
        done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        tap.equal(done.returncode, 2, "%s is refused" % arguments)
    done = subprocess.run([PROGRAM, "--print-sandbox"], stdout=subprocess.PIPE, text=True)
    tap.ok(done.returncode == 0 and re.search(r"^  seccomp +\d+ rules", done.stdout, flags=re.M), "--print-sandbox tells what holds", done.stdout)


def test_wayland():
    """On a compositor without a screen or a keyboard: whether it is let in, draws, and ends."""
    directory = display.directory
    os.chmod(directory, 0o700)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": directory, "WAYLAND_DISPLAY": "wayland-test"}
    weston = subprocess.Popen(["weston", "--backend=headless-backend.so", "--socket=wayland-test", "--no-config"],
                              env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    tap.ok(wait_for(lambda: listens(directory + "/wayland-test")), "a Wayland compositor runs")
    ui = Supervised(display, environment)
    begin(ui)

    def draws():
        with open("/proc/%d/maps" % ui.process.pid) as maps:
            return "gdk-wayland" in maps.read()
    tap.ok(wait_for(draws), "locked, it shares a window's pixels with it", ui.said())
    root = "/proc/%d/root" % ui.process.pid
    tap.ok(os.geteuid() != 0 or not os.path.exists(root + directory) and not os.path.exists(root + "/tmp"), "though it can see no display's socket")
    time.sleep(2)
    tap.equal(ui.process.poll(), None, "it stays")
    ui.channel.close()
    tap.equal(ui.process.wait(60), 0, "and ends quietly")
    weston.terminate()
    weston.wait()


def test_names():
    """Without the lock, which leaves the accessibility bus out of reach."""
    script = 'cd "%s"; "%s" --demo --no-sandbox & /usr/bin/python3 %s About; kill $!' % (display.directory, PROGRAM, os.path.dirname(os.path.abspath(__file__)) + "/ui_gtk_names.py")
    environment = dict(display.environment, XDG_RUNTIME_DIR=display.directory, HOME=display.directory, GSK_RENDERER="cairo", GSETTINGS_BACKEND="memory")
    done = subprocess.run(["dbus-run-session", "--", "bash", "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=180)
    seen = done.stdout.splitlines()
    for name in ("text: Conversion server", "text: Port", "password text: Password", "check box: Use sudo when running virt-v2v",
                 "push button: Test connection", "push button: Next", "text: Memory (MiB)", "combo box: Output to (-o)",
                 "text: Target network of eno1", "push button: Blink the light of eno1", "push button: Start"):
        tap.ok(name in seen, "an assistive program sees '%s'" % name, done.stdout + done.stderr)
    tap.ok(any(line.startswith("check box: sda ") for line in seen), "and the disks", done.stdout)
    tap.ok("pressed" in seen, "and can press a button", done.stdout)


def test_markup():
    names = subprocess.run(["nm", "-D", PROGRAM], stdout=subprocess.PIPE, text=True, check=True).stdout
    tap.ok("gtk_label_set_text" in names and "markup" not in names, "no function that reads markup is used", names)


try:
    ui, window = start()
    test_lock(ui)
    test_connection(ui)
    test_requests(ui)
    test_choice(ui)
    test_devices(ui)
    test_start(ui)
    test_running(ui)
    test_hidden()
    test_news()
    test_closed()
    test_restarted()
    test_demo("--demo")
    test_demo("--demo=hostile")
    test_displays()
    test_wayland()
    test_names()
    test_markup()
finally:
    display.close()
tap.done()
