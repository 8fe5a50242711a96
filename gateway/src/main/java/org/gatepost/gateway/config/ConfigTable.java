// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.gatepost.names.NameSyntaxException;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/// One table of the file, the root or one of an array of tables, read by keys and with problems that name file,
/// line, key and rule.
///
/// @param place the file's name
/// @param prefix what the keys' names have before those in the table, such as `connector.`; empty for the root
/// @param start where the table begins, for problems with what is not there; null for the root
record ConfigTable(
        String place,
        String prefix,
        TomlTable toml,
        @Nullable TomlPosition start) {
    static ConfigTable root(String place, TomlTable toml) {
        return new ConfigTable(place, "", toml, null);
    }

    private String local(String key) {
        return key.substring(prefix.length());
    }

    boolean contains(ConfigKey<?> key) {
        return toml.contains(local(key.name()));
    }

    /// The value given, or the key's default.
    <T> T value(ConfigKey<T> key) throws ConfigProblem {
        return parse(
                key,
                contains(key)
                        ? toml.get(local(key.name()))
                        : Toml.parse("value = " + key.defaultText()).get("value"));
    }

    /// The value given, or another key's.
    <T> T value(ConfigKey<T> key, T otherwise) throws ConfigProblem {
        return contains(key) ? value(key) : otherwise;
    }

    /// The value of a key that has no default.
    <T> T required(ConfigKey<T> key) throws ConfigProblem {
        if (!contains(key)) {
            throw problem(key.name(), "must be given: " + key.form().description());
        }
        return value(key);
    }

    private <T> T parse(ConfigKey<T> key, @Nullable Object raw) throws ConfigProblem {
        try {
            return key.form().parser().parse(plain(raw));
        } catch (NameSyntaxException e) {
            throw problem(key.name(), "must be: " + key.form().description() + ": " + e.rule());
        } catch (IllegalArgumentException e) {
            String why = e.getMessage() == null ? "" : " (" + e.getMessage() + ")";
            throw problem(key.name(), "must be: " + key.form().description() + why);
        }
    }

    private static Object plain(@Nullable Object raw) {
        if (raw instanceof TomlArray array) {
            return List.copyOf(array.toList());
        }
        return raw == null ? "" : raw;
    }

    /// Refuses the first key that is not among these.
    ///
    /// @param names with the prefix
    void refuseOthers(Collection<String> names) throws ConfigProblem {
        Set<String> known = new TreeSet<>(names);
        for (String key : toml.dottedKeySet()) {
            String name = prefix + key;
            if (!known.contains(name)) {
                throw problem(name, "there is no such key" + nearest(name, known));
            }
        }
    }

    private static String nearest(String key, Iterable<String> known) {
        String best = "";
        int bestDistance = 4;
        for (String candidate : known) {
            int distance = editDistance(key, candidate);
            if (distance < bestDistance) {
                bestDistance = distance;
                best = candidate;
            }
        }
        return best.isEmpty() ? "" : "; did you mean '" + best + "'?";
    }

    private static int editDistance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }

    ConfigProblem problem(String key, String rule) {
        TomlPosition own = toml.inputPositionOf(local(key));
        TomlPosition position = own == null ? start : own;
        return new ConfigProblem(place + (position == null ? "" : ":" + position.line()) + ": " + key + ": " + rule);
    }
}
