// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

/// A reply whose aliases or sizes break the rules.
final class MalformedReplyException extends Exception {
    private final String rule;

    /// @param rule one line for people, printable ASCII
    MalformedReplyException(String rule) {
        super(rule);
        this.rule = rule;
    }

    String rule() {
        return rule;
    }
}
