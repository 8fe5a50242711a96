// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/// The folder where a receiving MTA puts all its mail, whoever it is for.
///
/// @param folder the one that holds `new`
/// @param logTail what to show when a message does not come
record Maildir(Path folder, Supplier<String> logTail) {

    List<StoredMessage> messages() {
        var fresh = folder.resolve("new");
        if (!Files.isDirectory(fresh)) {
            return List.of();
        }
        try (var files = Files.list(fresh)) {
            return files.sorted().map(Scratch::read).map(StoredMessage::new).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<StoredMessage> messagesFor(String recipient) {
        return messages().stream().filter(message -> message.isFor(recipient)).toList();
    }

    /// Waits for a message to this recipient; it is the first when there are several.
    StoredMessage awaitMessageFor(String recipient, Duration limit) {
        var deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            var found = messagesFor(recipient);
            if (!found.isEmpty()) {
                return found.getFirst();
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no message for " + recipient + " within " + limit + "\n" + logTail.get());
            }
            Daemon.pause();
        }
    }
}
