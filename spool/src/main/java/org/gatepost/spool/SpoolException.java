// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

/// The store cannot do its work: disk full, read-only or broken, database locked or of a foreign format. The
/// message names the place and what to do. Nothing was half done.
public class SpoolException extends RuntimeException {
    public SpoolException(String message, @org.jspecify.annotations.Nullable Throwable cause) {
        super(message, cause);
    }
}
