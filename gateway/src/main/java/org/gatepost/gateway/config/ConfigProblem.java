// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import org.jspecify.annotations.Nullable;

/// A configuration that cannot be used. The message is one line: the file, the line where known, the key, and the
/// rule.
public final class ConfigProblem extends Exception {
    private static final long serialVersionUID = 1L;

    public ConfigProblem(String message) {
        this(message, null);
    }

    public ConfigProblem(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
