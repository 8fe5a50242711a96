// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.IOException;

/// A trust anchor file that cannot be used; the message is one line that names file, line and rule.
public final class TrustAnchorException extends IOException {
    TrustAnchorException(String message) {
        super(message);
    }
}
