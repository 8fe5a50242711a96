// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.jspecify.annotations.Nullable;

/// The policy memory of an [EmbeddedStore].
final class EmbeddedPolicyMemory implements PolicyMemory {
    /// Of a policy's text, in UTF-16 units: a policy is fetched up to 64 KiB, and only so much is kept.
    static final int MAX_TEXT = 64 << 10;

    private final EmbeddedStore store;

    /// Counted once, then followed: counting a million rows takes longer than adding one. Callers at the same time
    /// may overshoot the bound by their number.
    private final AtomicLong size = new AtomicLong();

    EmbeddedPolicyMemory(EmbeddedStore store) {
        this.store = store;
    }

    /// Counts what is there; to be called before anything else.
    void open() {
        size.set(store.readers()
                .read(database -> database.first(row -> row.getLong(1), "SELECT count(*) FROM policy")
                        .orElse(0L)));
    }

    @Override
    public Optional<Remembered> recall(DomainName policyDomain) {
        return store.readers()
                .readOne(database -> database.first(
                        row -> new Remembered(
                                policyDomain,
                                row.getString(1),
                                row.getString(2),
                                Nanos.toInstant(row.getLong(3)),
                                Nanos.toInstant(row.getLong(4)),
                                Nanos.toInstant(row.getLong(5)),
                                optionalInstant(row, 6)),
                        "SELECT id, text, fetched, expires, used, due FROM policy WHERE domain = ?",
                        policyDomain.ascii()));
    }

    private static Optional<Instant> optionalInstant(ResultSet row, int column) throws SQLException {
        long nanos = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Nanos.toInstant(nanos));
    }

    private enum Kept {
        REPLACED,
        ADDED,
        REFUSED
    }

    /// @throws IllegalArgumentException when the text is longer than 64 Ki characters
    @Override
    public void remember(Remembered policy) {
        if (policy.text().length() > MAX_TEXT) {
            throw new IllegalArgumentException("a policy has at most " + MAX_TEXT + " characters");
        }
        boolean full = size.get() >= store.settings().policies();
        @Nullable
        Object[] row = {
            policy.id(),
            policy.text(),
            Nanos.of(policy.fetched()),
            Nanos.of(policy.expires()),
            Nanos.of(policy.used()),
            policy.due().map(Nanos::of).orElse(null),
            policy.policyDomain().ascii()
        };
        Kept kept = store.writer().commit(policy.text().length(), database -> {
            boolean replaced = database.update(
                            "UPDATE policy SET id = ?, text = ?, fetched = ?, expires = ?, used = ?, due = ?"
                                    + " WHERE domain = ?",
                            row)
                    > 0;
            if (!replaced && !full) {
                database.update(
                        "INSERT INTO policy (id, text, fetched, expires, used, due, domain)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                        row);
            }
            return replaced ? Kept.REPLACED : full ? Kept.REFUSED : Kept.ADDED;
        });
        switch (kept) {
            case REPLACED -> {}
            case ADDED -> size.incrementAndGet();
            case REFUSED ->
                throw new SpoolException(
                        "the memory holds " + store.settings().policies() + " policies, which is the most", null);
        }
    }

    @Override
    public void forget(DomainName policyDomain) {
        size.addAndGet(-store.writer()
                .commit(0, database -> database.update("DELETE FROM policy WHERE domain = ?", policyDomain.ascii())));
    }

    @Override
    public void use(DomainName policyDomain, Instant used) {
        long at = Nanos.of(used);
        store.writer()
                .commit(
                        0,
                        database -> database.update(
                                "UPDATE policy SET used = ?, due = ifnull(due, ?) WHERE domain = ?",
                                at,
                                at,
                                policyDomain.ascii()));
    }

    @Override
    public void postpone(DomainName policyDomain, Optional<Instant> due) {
        Long at = due.map(Nanos::of).orElse(null);
        store.writer()
                .commit(
                        0,
                        database -> database.update(
                                "UPDATE policy SET due = ? WHERE domain = ?", at, policyDomain.ascii()));
    }

    @Override
    public List<DomainName> due(Instant now, int most) {
        long at = Nanos.atMost(now);
        return store.readers()
                .read(database -> database.all(
                        row -> domain(row.getString(1)),
                        "SELECT domain FROM policy WHERE expires > ? AND due <= ? ORDER BY expires LIMIT ?",
                        at,
                        at,
                        most));
    }

    private static DomainName domain(String stored) {
        try {
            return new DomainName(stored);
        } catch (NameSyntaxException e) {
            throw new SpoolException("the policy memory names a domain that cannot be one: " + e.getMessage(), e);
        }
    }

    @Override
    public int purge(Instant now, int most) {
        long at = Nanos.atMost(now);
        List<String> expired = store.readers()
                .read(database -> database.all(
                        row -> row.getString(1), "SELECT domain FROM policy WHERE expires <= ? LIMIT ?", at, most));
        if (expired.isEmpty()) {
            return 0;
        }
        int purged = store.writer().commit(0, database -> {
            int deleted = 0;
            for (String domain : expired) {
                deleted += database.update("DELETE FROM policy WHERE domain = ? AND expires <= ?", domain, at);
            }
            return deleted;
        });
        size.addAndGet(-purged);
        return purged;
    }

    @Override
    public long size() {
        return size.get();
    }
}
