// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.List;
import java.util.Map;

/// A JSON value (RFC 8259), within the bounds of [JsonText].
sealed interface Json {
    record Text(String value) implements Json {}

    /// A number or a truth value, as written.
    record Literal(String value) implements Json {}

    record Null() implements Json {}

    record Items(List<Json> values) implements Json {}

    record Members(Map<String, Json> values) implements Json {}
}
