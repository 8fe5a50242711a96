// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.time.Instant;
import java.util.ArrayList;
import java.util.regex.Pattern;

/// Signs with Knot DNS's tools. What a key is used for follows from its timers, as in a rollover of Knot's own.
final class KnotSigner {
    private static final Pattern KEY_ID = Pattern.compile("(?m)^[0-9a-f]{40}$");
    private static final long DAY = 86_400;

    private KnotSigner() {}

    static SigningTool.Signed sign(Scratch scratch, SignedZone zone, String text) {
        configure(scratch, zone);
        scratch.write("zone", text);
        var now = Instant.now().getEpochSecond() + shift(zone.validity());
        var ds = new ArrayList<String>();
        for (var key : zone.keys()) {
            var id = generate(scratch, zone, key, now);
            if (key.delegated()) {
                // One line for each kind of digest.
                keymgr(scratch, zone)
                        .and("ds", id)
                        .mustSucceed()
                        .lines()
                        .map(line -> line.substring(line.indexOf("DS") + 2).strip())
                        .forEach(ds::add);
            }
        }
        scratch.subfolder("signed");
        Command.of(scratch, "kzonesign -c knot.conf -o signed -t " + now)
                .and(zone.origin())
                .mustSucceed();
        return new SigningTool.Signed(
                Scratch.read(scratch.path("signed/zone")).lines().toList(), ds);
    }

    private static void configure(Scratch scratch, SignedZone zone) {
        scratch.subfolder("kasp");
        scratch.write("knot.conf", """
                server:
                  rundir: "%1$s"
                database:
                  storage: "%1$s"
                  kasp-db: "kasp"
                  journal-db: "journal"
                policy:
                  - id: manual
                    manual: on
                    algorithm: %3$s
                    cds-cdnskey-publish: none
                    rrsig-lifetime: 30d
                    rrsig-refresh: 7d
                    nsec3: %4$s
                    nsec3-iterations: %5$d
                    nsec3-salt-length: %6$d
                    nsec3-opt-out: %7$s
                zone:
                  - domain: "%2$s"
                    storage: "%1$s"
                    file: "zone"
                    dnssec-signing: on
                    dnssec-policy: manual
                """.formatted(
                        scratch.folder(),
                        zone.origin(),
                        zone.keys().getFirst().mnemonic(),
                        zone.denial().hashed() ? "on" : "off",
                        zone.denial().iterations(),
                        zone.denial().salted() ? 8 : 0,
                        zone.denial().optOut() ? "on" : "off"));
    }

    private static Command keymgr(Scratch scratch, SignedZone zone) {
        return Command.of(scratch, "keymgr -c knot.conf").and(zone.origin());
    }

    private static String generate(Scratch scratch, SignedZone zone, ZoneKey key, long now) {
        var past = now - DAY;
        var future = now + 365 * DAY;
        var published = key.published() ? past : future;
        var active = key.signing() && key.published() ? past : future;
        var command = keymgr(scratch, zone)
                .and("generate", "algorithm=" + key.mnemonic(), "created=" + past)
                .and("publish=" + published, "ready=" + active, "active=" + active);
        if (key.signing() && !key.published()) {
            command = command.and("pre_active=" + past);
        }
        if (key.isRsa()) {
            command = command.and("size=" + key.bits());
        }
        command = switch (key.role()) {
            case KSK -> command.and("ksk=yes", "zsk=no");
            case ZSK -> command.and("ksk=no", "zsk=yes");
            case COMBINED -> command.and("ksk=yes", "zsk=yes");
        };
        // It may warn of an algorithm that the policy does not name.
        var id = KEY_ID.matcher(command.mustSucceed());
        if (!id.find()) {
            throw new PeerFailure("keymgr names no key: " + command);
        }
        return id.group();
    }

    private static long shift(SignedZone.Validity validity) {
        return switch (validity) {
            case NOW -> 0;
            case PAST -> -60 * DAY;
            case FUTURE -> 10 * DAY;
        };
    }
}
