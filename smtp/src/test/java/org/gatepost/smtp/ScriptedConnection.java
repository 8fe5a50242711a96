// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A client as a script: what it sends in clear and, when it can, after STARTTLS.
final class ScriptedConnection implements ServerConnection {
    private final ScriptedInput clear;
    private final Optional<ScriptedInput> protectedInput;
    private final List<String> writes = new ArrayList<>();
    private final List<String> protectedWrites = new ArrayList<>();
    private boolean encrypted;
    boolean handshakeFails;

    ScriptedConnection(ScriptedInput clear, Optional<ScriptedInput> protectedInput) {
        this.clear = clear;
        this.protectedInput = protectedInput;
    }

    static ScriptedConnection sending(String... segments) {
        return new ScriptedConnection(ScriptedInput.of(segments), Optional.empty());
    }

    /// Everything the server sent in clear.
    String replies() {
        return String.join("", writes);
    }

    String protectedReplies() {
        return String.join("", protectedWrites);
    }

    /// What the server sent in clear, flush by flush.
    List<String> writes() {
        return writes;
    }

    @Override
    public InputStream input() {
        return encrypted ? protectedInput.orElseThrow() : clear;
    }

    @Override
    public OutputStream output() {
        List<String> log = encrypted ? protectedWrites : writes;
        return new ByteArrayOutputStream() {
            @Override
            public void flush() {
                log.add(toString(StandardCharsets.UTF_8));
                reset();
            }
        };
    }

    @Override
    public boolean encrypted() {
        return encrypted;
    }

    @Override
    public boolean canStartTls() {
        return protectedInput.isPresent();
    }

    @Override
    public void startTls() throws IOException {
        if (handshakeFails) {
            throw new IOException("handshake failed");
        }
        encrypted = true;
    }

    @Override
    public void idleTimeout(Duration d) {
        if (!d.isPositive()) {
            throw new IllegalArgumentException("a time-out is positive");
        }
    }
}
