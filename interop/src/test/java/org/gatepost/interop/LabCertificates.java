// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/// A certification authority of the tests' own, run with the `openssl` command.
final class LabCertificates {
    private static final DateTimeFormatter OPENSSL_TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private final Scratch scratch;
    private final Instant now;
    private final AtomicInteger serial = new AtomicInteger();

    private LabCertificates(Scratch scratch, Instant now) {
        this.scratch = scratch;
        this.now = now;
    }

    /// Makes the authority.
    ///
    /// @param now what validity is counted from
    static LabCertificates create(Scratch scratch, Instant now) {
        var made = new LabCertificates(scratch, now);
        scratch.write("ca.cnf", """
                [ca]
                default_ca = lab
                [lab]
                database = index.txt
                new_certs_dir = .
                rand_serial = yes
                default_md = sha256
                policy = any
                unique_subject = no
                copy_extensions = none
                [any]
                commonName = optional
                """);
        scratch.write("index.txt", "");
        Command.of(scratch, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650")
                .and("-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Interop Root")
                .mustSucceed();
        return made;
    }

    /// The authority itself; its chain file is the bundle for those who trust it.
    ServerIdentity authority() {
        return new ServerIdentity(scratch.path("ca.pem"), scratch.path("ca.key"));
    }

    /// A certificate that is valid now, for these DNS names; the authority's own is sent along.
    ServerIdentity trusted(String... names) {
        return issue(now.minus(1, ChronoUnit.DAYS), now.plus(90, ChronoUnit.DAYS), names);
    }

    /// A certificate of the authority that ended yesterday.
    ServerIdentity expired(String... names) {
        return issue(now.minus(90, ChronoUnit.DAYS), now.minus(1, ChronoUnit.DAYS), names);
    }

    /// A certificate that nobody but itself vouches for.
    ServerIdentity selfSigned(String... names) {
        var base = nextFile();
        Command.of(scratch, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90")
                .and("-keyout", base + ".key", "-out", base + ".pem", "-subj", "/CN=" + names[0])
                .and("-addext", alternativeNames(names))
                .mustSucceed();
        return readable(base);
    }

    private ServerIdentity issue(Instant from, Instant until, String... names) {
        var base = nextFile();
        scratch.write(base + ".ext", alternativeNames(names) + "\nextendedKeyUsage=serverAuth\n");
        Command.of(scratch, "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes")
                .and("-keyout", base + ".key", "-out", base + ".csr", "-subj", "/CN=" + names[0])
                .mustSucceed();
        Command.of(scratch, "openssl ca -batch -notext -config ca.cnf -cert ca.pem -keyfile ca.key")
                .and("-in", base + ".csr", "-out", base + ".crt", "-extfile", base + ".ext")
                .and("-startdate", OPENSSL_TIME.format(from), "-enddate", OPENSSL_TIME.format(until))
                .mustSucceed();
        scratch.write(base + ".pem", Scratch.read(scratch.path(base + ".crt")) + Scratch.read(scratch.path("ca.pem")));
        return readable(base);
    }

    private String nextFile() {
        return "server-" + serial.incrementAndGet();
    }

    /// Exim reads keys after it gave up root.
    private ServerIdentity readable(String base) {
        var key = scratch.path(base + ".key");
        try {
            Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new ServerIdentity(scratch.path(base + ".pem"), key);
    }

    private static String alternativeNames(String... names) {
        return Arrays.stream(names).map(name -> "DNS:" + name).collect(Collectors.joining(",", "subjectAltName=", ""));
    }
}
