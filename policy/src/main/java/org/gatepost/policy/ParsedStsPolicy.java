// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

/// What [StsPolicyParser] makes of a policy file.
public sealed interface ParsedStsPolicy {
    /// The file is a policy.
    record Accepted(StsPolicy policy) implements ParsedStsPolicy {}

    /// The file is none; RFC 8460 calls that `sts-policy-invalid`.
    ///
    /// @param line from 1; for something missing, the line after the last
    /// @param offset of the first offending character in its line, from 0; in a file that is not UTF-8 or too
    ///     long, of the octet in the file
    /// @param rule the rule that is broken, as a sentence part, with its RFC section; printable
    record Rejected(int line, int offset, String rule) implements ParsedStsPolicy {
        @Override
        public String toString() {
            return "line " + line + ", offset " + offset + ": " + rule;
        }
    }
}
