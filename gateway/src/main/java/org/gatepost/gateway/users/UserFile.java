// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.gatepost.gateway.config.ConfigProblem;

/// A file of users: one in a line, `name:hash`. Empty lines and those that begin with `#` are passed over.
///
/// Names are compared as they stand, in Unicode's normalization form C.
public final class UserFile {
    /// Octets; some ten thousand users.
    private static final long LARGEST = 4 << 20;

    private static final int LONGEST_NAME = 255;
    private static final Pattern NAME = Pattern.compile("[^\\p{C}\\p{Z}:]+");

    private UserFile() {}

    /// @throws ConfigProblem naming file, line and rule
    static Map<String, PasswordHash> read(Path file) throws ConfigProblem {
        return parse(file, text(file));
    }

    /// As [#read]; what may be half written cannot be used.
    static Map<String, PasswordHash> readWhole(Path file) throws ConfigProblem {
        String text = text(file);
        Map<String, PasswordHash> users = parse(file, text);
        if (users.isEmpty() || !text.endsWith("\n")) {
            throw new ConfigProblem(file + ": no users, or the last line does not end; it may be half written");
        }
        return users;
    }

    private static Map<String, PasswordHash> parse(Path file, String text) throws ConfigProblem {
        Map<String, PasswordHash> users = new HashMap<>();
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String place = file + ":" + (i + 1) + ": ";
            int colon = line.indexOf(':');
            String name = normal(line.substring(0, Math.max(0, colon)));
            requireName(name, place);
            if (users.put(name, hash(line.substring(colon + 1), place)) != null) {
                throw new ConfigProblem(place + "the user " + name + " stands in the file before");
            }
        }
        return users;
    }

    private static String text(Path file) throws ConfigProblem {
        try {
            if (Files.size(file) > LARGEST) {
                throw new ConfigProblem(file + ": more than " + LARGEST + " octets");
            }
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new ConfigProblem(file + ": there is no such file", e);
        } catch (CharacterCodingException e) {
            throw new ConfigProblem(file + ": not UTF-8", e);
        } catch (IOException e) {
            throw new ConfigProblem(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static PasswordHash hash(String text, String place) throws ConfigProblem {
        try {
            return PasswordHash.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigProblem(place + e.getMessage(), e);
        }
    }

    private static void requireName(String name, String place) throws ConfigProblem {
        if (!isName(name)) {
            throw new ConfigProblem(
                    place + "a line is name:hash; a name has 1 to 255 octets without spaces, colons and controls");
        }
    }

    static String normal(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC);
    }

    private static boolean isName(String normal) {
        return NAME.matcher(normal).matches()
                && !normal.startsWith("#")
                && normal.getBytes(StandardCharsets.UTF_8).length <= LONGEST_NAME;
    }

    /// A line of the file.
    ///
    /// @throws ConfigProblem when nobody can be called so
    public static String line(String name, PasswordHash hash) throws ConfigProblem {
        String normal = normal(name);
        requireName(normal, "");
        return normal + ":" + hash;
    }

    /// Adds a user, or gives one another password; all other lines stay. The file is there as before or with the
    /// change, never half; a new one is for its owner alone.
    ///
    /// @throws ConfigProblem naming file and rule, with nothing changed
    public static void put(Path file, String name, PasswordHash hash) throws ConfigProblem {
        String line = line(name, hash);
        String before = Files.exists(file) ? text(file) : "";
        parse(file, before);
        List<String> lines = new ArrayList<>(before.lines().toList());
        String begin = normal(name) + ":";
        lines.replaceAll(one -> normal(one.strip()).startsWith(begin) ? line : one);
        if (!lines.contains(line)) {
            lines.add(line);
        }
        try {
            replace(file, String.join("\n", lines) + "\n");
        } catch (IOException e) {
            throw new ConfigProblem(file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private static void replace(Path file, String text) throws IOException {
        Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        Path folder = Objects.requireNonNull(target.getParent(), "a file stands in a folder");
        Path beside = Files.createTempFile(folder, "users", ".new");
        try {
            Files.writeString(beside, text);
            try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
                channel.force(true); // or after a power cut the name may lead to an empty file
            }
            if (Files.exists(target)) {
                var old = Files.readAttributes(target, PosixFileAttributes.class);
                var attributes = Files.getFileAttributeView(beside, PosixFileAttributeView.class);
                attributes.setOwner(old.owner());
                attributes.setGroup(old.group());
                attributes.setPermissions(old.permissions());
            }
            Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(beside);
        }
    }
}
