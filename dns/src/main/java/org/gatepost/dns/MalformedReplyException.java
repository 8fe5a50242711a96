// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

/// A reply whose aliases or sizes break the rules; the message is one line for people.
final class MalformedReplyException extends Exception {
    MalformedReplyException(String message) {
        super(message);
    }
}
