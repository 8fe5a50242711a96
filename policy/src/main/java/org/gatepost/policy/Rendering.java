// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

/// A delivery failure as replies and reports spell it.
///
/// @param status the enhanced status code for the `Status` field of a DSN (RFC 3464 §2.3.4), such as `5.7.323`;
///     `x.0.0` when a peer's reply had none
/// @param line the whole line: reply code, enhanced status code if there is one, text; printable, at most 600
///     characters
public record Rendering(int replyCode, String status, String line) {
    @Override
    public String toString() {
        return line;
    }
}
