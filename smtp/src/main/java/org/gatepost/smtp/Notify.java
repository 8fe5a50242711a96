// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// When a sender wants to be told about a recipient (RFC 3461 §4.1).
public enum Notify {
    /// Not in any case; stands alone.
    NEVER,
    SUCCESS,
    FAILURE,
    DELAY;

    /// @return at least one
    /// @throws IllegalArgumentException naming the rule that the value breaks
    static Set<Notify> parse(String value) {
        Set<Notify> found = EnumSet.noneOf(Notify.class);
        for (String word : value.split(",", -1)) {
            Notify notify = Arrays.stream(values())
                    .filter(known -> known.name().equals(word.toUpperCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "NOTIFY takes NEVER, or some of SUCCESS, FAILURE and DELAY (RFC 3461 section 4.1)"));
            found.add(notify);
        }
        if (found.contains(NEVER) && found.size() > 1) {
            throw new IllegalArgumentException("NOTIFY=NEVER stands alone (RFC 3461 section 4.1)");
        }
        return Collections.unmodifiableSet(found);
    }
}
