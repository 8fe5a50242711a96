// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.gatepost.gateway.config.ConfigProblem;

/// A file of users: one in a line, `name:hash`. Empty lines and those that begin with `#` are passed over.
///
/// Names are compared as they stand, in Unicode's normalization form C.
public final class UserFile {
    /// Octets; some ten thousand users.
    private static final long LARGEST = 4 << 20;

    private static final Pattern NAME = Pattern.compile("[^\\p{C}\\p{Z}:]{1,255}");

    private UserFile() {}

    /// @throws ConfigProblem naming file, line and rule
    static Map<String, PasswordHash> read(Path file) throws ConfigProblem {
        Map<String, PasswordHash> users = new HashMap<>();
        List<String> lines = lines(file);
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

    private static List<String> lines(Path file) throws ConfigProblem {
        try {
            if (Files.size(file) > LARGEST) {
                throw new ConfigProblem(file + ": more than " + LARGEST + " octets");
            }
            return Files.readString(file, StandardCharsets.UTF_8).lines().toList();
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
        if (!NAME.matcher(name).matches()) {
            throw new ConfigProblem(
                    place + "a line is name:hash; a name has 1 to 255 characters without spaces, colons and controls");
        }
    }

    static String normal(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC);
    }

    /// A line of the file.
    ///
    /// @return empty when nobody can be called so
    public static Optional<String> line(String name, PasswordHash hash) {
        String normal = normal(name);
        return NAME.matcher(normal).matches() && !normal.startsWith("#")
                ? Optional.of(normal + ":" + hash)
                : Optional.empty();
    }
}
