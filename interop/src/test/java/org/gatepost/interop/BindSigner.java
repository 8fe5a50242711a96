// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.ArrayList;
import java.util.List;

/// Signs with BIND's tools.
final class BindSigner {
    private BindSigner() {}

    static SigningTool.Signed sign(Scratch scratch, SignedZone zone, String text) {
        var signers = new ArrayList<String>();
        var published = new ArrayList<String>();
        var ds = new ArrayList<String>();
        for (var key : zone.keys()) {
            var base = generate(scratch, zone, key);
            if (key.signing()) {
                signers.add(base + ".private");
            }
            if (key.published()) {
                published.add(Scratch.read(scratch.path(base + ".key"))
                        .lines()
                        .filter(line -> !line.startsWith(";"))
                        .findFirst()
                        .orElseThrow());
            }
            if (key.delegated()) {
                Command.of(scratch, "dnssec-dsfromkey -a SHA-1 -a SHA-256 -a SHA-384")
                        .and(base + ".key")
                        .mustSucceed()
                        .lines()
                        .filter(line -> line.contains(" IN DS ")) // it warns of SHA-1
                        .map(line -> line.substring(line.indexOf("DS") + 2).strip())
                        .forEach(ds::add);
            }
        }
        scratch.write("zone", text + String.join("\n", published) + "\n");
        // -P: half a rollover does not pass the check that a whole zone does.
        Command.of(scratch, "dnssec-signzone -q -P -O full -f signed")
                .and(zone.keys().stream().anyMatch(key -> key.role() == ZoneKey.Role.COMBINED) ? "-z" : "-x")
                .and("-o", zone.origin())
                .and(denial(zone.denial()))
                .and(validity(zone.validity()))
                .and("zone")
                .and(signers.toArray(String[]::new))
                .mustSucceed();
        return new SigningTool.Signed(
                Scratch.read(scratch.path("signed")).lines().toList(), ds);
    }

    private static String generate(Scratch scratch, SignedZone zone, ZoneKey key) {
        var command = Command.of(scratch, "dnssec-keygen -q -a").and(key.mnemonic());
        if (key.isRsa()) {
            command = command.and("-b", String.valueOf(key.bits()));
        }
        if (key.role() != ZoneKey.Role.ZSK) {
            command = command.and("-f", "KSK");
        }
        // It warns of SHA-1 first.
        return command.and(zone.origin())
                .mustSucceed()
                .lines()
                .filter(line -> line.startsWith("K"))
                .findFirst()
                .orElseThrow();
    }

    private static String[] denial(Denial denial) {
        var options = new ArrayList<String>();
        if (denial.hashed()) {
            options.addAll(List.of("-3", denial.salted() ? "0123456789ABCDEF" : "-", "-H", "" + denial.iterations()));
            if (denial.optOut()) {
                options.add("-A");
            }
        }
        return options.toArray(String[]::new);
    }

    private static String[] validity(SignedZone.Validity validity) {
        return switch (validity) {
            case NOW -> new String[] {"-s", "now-1d", "-e", "now+30d"};
            case PAST -> new String[] {"-s", "now-60d", "-e", "now-30d"};
            case FUTURE -> new String[] {"-s", "now+10d", "-e", "now+40d"};
        };
    }
}
