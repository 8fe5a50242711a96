// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.nio.file.Files;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/// Signs with NLnet Labs' ldns tools.
final class LdnsSigner {
    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss").withZone(ZoneOffset.UTC);

    private LdnsSigner() {}

    static SigningTool.Signed sign(Scratch scratch, SignedZone zone, String text) {
        var signers = new ArrayList<String>();
        var published = new ArrayList<String>();
        var ds = new ArrayList<String>();
        for (var key : zone.keys()) {
            var base = generate(scratch, zone, key);
            if (key.signing()) {
                signers.add(base);
            }
            if (key.published()) {
                published.add(Scratch.read(scratch.path(base + ".key")).strip());
            }
            if (key.delegated()) {
                ds.addAll(ds(scratch, base));
            }
        }
        scratch.write("zone", text + String.join("\n", published) + "\n");
        Command.of(scratch, "ldns-signzone -d -f signed -o")
                .and(zone.origin())
                .and(denial(zone.denial()))
                .and(validity(zone.validity()))
                .and("zone")
                .and(signers.toArray(String[]::new))
                .mustSucceed();
        return new SigningTool.Signed(
                Scratch.read(scratch.path("signed")).lines().toList(), ds);
    }

    private static String generate(Scratch scratch, SignedZone zone, ZoneKey key) {
        var command = Command.of(scratch, "ldns-keygen -a").and(key.mnemonic());
        if (key.isRsa()) {
            command = command.and("-b", String.valueOf(key.bits()));
        }
        if (key.role() != ZoneKey.Role.ZSK) {
            command = command.and("-k");
        }
        return command.and(zone.origin()).mustSucceed();
    }

    /// ldns-keygen writes one itself for a key with the SEP flag, with a digest as strong as the key.
    private static List<String> ds(Scratch scratch, String base) {
        var written = scratch.path(base + ".ds");
        var lines = new ArrayList<String>();
        if (Files.exists(written)) {
            lines.add(rdata(Scratch.read(written).strip()));
        }
        if (lines.stream().noneMatch(line -> line.split(" ", 4)[2].equals("2"))) {
            lines.add(rdata(Command.of(scratch, "ldns-key2ds -n -f -2")
                    .and(base + ".key")
                    .mustSucceed()));
        }
        return lines;
    }

    private static String rdata(String ds) {
        return ds.substring(ds.indexOf("DS") + 2).strip();
    }

    private static String[] denial(Denial denial) {
        var options = new ArrayList<String>();
        if (denial.hashed()) {
            options.addAll(List.of("-n", "-t", String.valueOf(denial.iterations())));
            if (denial.salted()) {
                options.addAll(List.of("-s", "0123456789ABCDEF"));
            }
            if (denial.optOut()) {
                options.add("-p");
            }
        }
        return options.toArray(String[]::new);
    }

    private static String[] validity(SignedZone.Validity validity) {
        return switch (validity) {
            case NOW -> new String[] {"-i", day(-1), "-e", day(30)};
            case PAST -> new String[] {"-i", day(-60), "-e", day(-30)};
            case FUTURE -> new String[] {"-i", day(10), "-e", day(40)};
        };
    }

    private static String day(int fromNow) {
        return SECOND.format(Instant.now().plusSeconds(86_400L * fromNow));
    }
}
