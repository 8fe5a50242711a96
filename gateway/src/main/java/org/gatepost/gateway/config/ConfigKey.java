// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

/// One key of the configuration file, with all that its documentation says.
///
/// @param <T> the type of its value
/// @param name dotted, as in `queue.lifetime`
/// @param form what may be written, for people
/// @param defaultText the default as the file would say it, in TOML, or where it comes from; empty when the key
///     must be given
/// @param meaning what the value does, in Markdown
public record ConfigKey<T>(String name, Form<T> form, String defaultText, String meaning) {
    /// Whether the key must be given.
    public boolean isRequired() {
        return defaultText.isEmpty();
    }

    /// How a TOML value becomes a typed one.
    ///
    /// @param <T> the type of the value
    /// @param description what may be written, with the range, for the reference and for error messages
    public record Form<T>(String description, Parser<T> parser) {}

    /// Reads one TOML value.
    ///
    /// @param <T> the type of the value
    @FunctionalInterface
    public interface Parser<T> {
        /// @param value as TOML has it: `String`, `Long`, `Boolean`, or a `List` of these
        /// @throws IllegalArgumentException when the value is not of the form; the message, if any, says why
        T parse(Object value);
    }
}
