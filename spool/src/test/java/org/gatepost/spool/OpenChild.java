// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.nio.file.Path;

/// Opens a spool, says `open` or why not, and holds it until its input ends.
final class OpenChild {
    private OpenChild() {}

    public static void main(String[] arguments) throws Exception {
        try (EmbeddedStore store = EmbeddedStore.open(Path.of(arguments[0]))) {
            System.out.println("open " + store.spool().depth().messages());
            while (System.in.read() >= 0) {
                // Waits for the end of the input.
            }
        } catch (SpoolException e) {
            System.out.println(e.getMessage());
        }
    }
}
