// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

/// Another process has the store open.
public final class StoreInUseException extends SpoolException {
    private static final long serialVersionUID = 1L;

    StoreInUseException(String message) {
        super(message, null);
    }
}
