// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.nio.file.Path;

/// A certificate or key file that cannot be used: a fault of the configuration, for the operator to put
/// right.
public final class PemFileException extends RuntimeException {
    private final transient Path file;
    private final String rule;

    /// @param rule what is wrong, as a sentence part that names the place in the file where there is one
    public PemFileException(Path file, String rule) {
        super(PemFile.name(file) + ": " + rule);
        this.file = file;
        this.rule = rule;
    }

    public Path file() {
        return file;
    }

    public String rule() {
        return rule;
    }
}
