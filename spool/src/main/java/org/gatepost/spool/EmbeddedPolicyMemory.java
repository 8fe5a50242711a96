// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.util.Optional;
import org.gatepost.names.DomainName;

/// The policy memory of an [EmbeddedStore].
final class EmbeddedPolicyMemory implements PolicyMemory {
    /// Of a policy's text, in UTF-16 units: a policy is fetched up to 64 KiB, and only so much is kept.
    static final int MAX_TEXT = 64 << 10;

    private final EmbeddedStore store;

    EmbeddedPolicyMemory(EmbeddedStore store) {
        this.store = store;
    }

    @Override
    public Optional<Remembered> recall(DomainName policyDomain) {
        return store.readers()
                .read(database -> database.first(
                        row -> new Remembered(
                                policyDomain,
                                row.getString(1),
                                row.getString(2),
                                Nanos.toInstant(row.getLong(3)),
                                Nanos.toInstant(row.getLong(4))),
                        "SELECT id, text, fetched, expires FROM policy WHERE domain = ?",
                        policyDomain.ascii()));
    }

    /// @throws IllegalArgumentException when the text is longer than 64 Ki characters
    @Override
    public void remember(Remembered policy) {
        if (policy.text().length() > MAX_TEXT) {
            throw new IllegalArgumentException("a policy has at most " + MAX_TEXT + " characters");
        }
        long fetched = Nanos.of(policy.fetched());
        long expires = Nanos.of(policy.expires());
        store.writer()
                .commit(
                        policy.text().length(),
                        database -> database.update(
                                "INSERT OR REPLACE INTO policy (domain, id, text, fetched, expires)"
                                        + " VALUES (?, ?, ?, ?, ?)",
                                policy.policyDomain().ascii(),
                                policy.id(),
                                policy.text(),
                                fetched,
                                expires));
    }

    @Override
    public void forget(DomainName policyDomain) {
        store.writer()
                .commit(0, database -> database.update("DELETE FROM policy WHERE domain = ?", policyDomain.ascii()));
    }
}
