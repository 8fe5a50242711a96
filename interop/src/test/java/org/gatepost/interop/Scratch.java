// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A folder for one peer's configuration, data and log, in the memory file system of the namespace: it needs no
/// cleaning up. Every user may enter it, because Postfix and Exim give up root.
record Scratch(Path folder) {
    private static final AtomicInteger SERIAL = new AtomicInteger();

    /// @param name what the folder is for, as a file name; a number is added
    static Scratch create(String name) {
        var base = System.getenv("GATEPOST_INTEROP_SCRATCH");
        if (base == null) {
            throw new IllegalStateException("no peers without namespaces: " + new PeersPresence().reasonNotToRun());
        }
        return new Scratch(Path.of(base)).subfolder(name + "-" + SERIAL.incrementAndGet());
    }

    Scratch subfolder(String name) {
        try {
            var made = Files.createDirectories(folder.resolve(name));
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxr-xr-x"));
            return new Scratch(made);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path path(String name) {
        return folder.resolve(name);
    }

    Path write(String name, String text) {
        try {
            return Files.writeString(path(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Writes a file as if an hour ago: Postfix's programs wait until their main.cf is two seconds old.
    Path writeAged(String name, String text) {
        try {
            return Files.setLastModifiedTime(
                    write(name, text), FileTime.from(Instant.now().minus(1, ChronoUnit.HOURS)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @param octets what the file holds, one Latin-1 character for each octet
    Path writeOctets(String name, String octets) {
        try {
            return Files.writeString(path(name), octets, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Gives a folder to a user who needs no entry in /etc/passwd.
    Scratch ownedBy(int user) {
        try {
            Files.setAttribute(folder, "unix:uid", user);
            Files.setAttribute(folder, "unix:gid", user);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The last 40 lines of a log, for the message of a failure; empty when there is no such file.
    static String tail(Path log) {
        if (!Files.exists(log)) {
            return "";
        }
        var lines = read(log).lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    }
}
