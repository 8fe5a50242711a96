// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dkim;

/// A signature or a key that proves nothing; the message is one printable line of ours. Without a stack trace, for it
/// is a stranger's doing.
final class InvalidSignature extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidSignature(String why) {
        super(why, null, false, false);
    }
}
