// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.gatepost.names.DomainName;
import org.gatepost.spool.ReceivedReports.Query;

/// A query as SQL conditions on `received_report r`, or on `received_policy p` joined with it. The texts are few,
/// so their statements stay prepared.
final class ReceivedQuery {
    private final StringBuilder sql = new StringBuilder();
    private final List<Object> bound = new ArrayList<>();

    private ReceivedQuery() {}

    /// Reports of which any policy is asked for.
    static ReceivedQuery ofReports(Query query) {
        var conditions = new ReceivedQuery();
        conditions.addCommon(query);
        query.domain()
                .map(DomainName::ascii)
                .ifPresent(domain -> conditions.add(
                        " AND r.id IN (SELECT report FROM received_policy WHERE domain = ?"
                                + " UNION SELECT report FROM received_ours WHERE domain = ?)",
                        domain,
                        domain));
        query.failure()
                .ifPresent(type -> conditions.add(
                        " AND EXISTS (SELECT 1 FROM received_failure f WHERE f.report = r.id AND f.type = ?)", type));
        return conditions;
    }

    /// The policies that are asked for themselves.
    static ReceivedQuery ofPolicies(Query query) {
        var conditions = new ReceivedQuery();
        conditions.addCommon(query);
        // DANE is told under the name of an MX host (RFC 8460 §1.1), whose ever it is.
        query.domain()
                .map(DomainName::ascii)
                .ifPresent(domain -> conditions.add(
                        " AND (p.domain = ? OR (p.type = 'tlsa' AND p.report IN"
                                + " (SELECT report FROM received_ours WHERE domain = ?)))",
                        domain,
                        domain));
        query.failure()
                .ifPresent(type -> conditions.add(
                        " AND EXISTS (SELECT 1 FROM received_failure x WHERE x.report = p.report AND x.policy = p.place"
                                + " AND x.type = ?)",
                        type));
        return conditions;
    }

    private void addCommon(Query query) {
        query.from().ifPresent(day -> add(" AND r.day >= ?", day.toEpochDay()));
        query.to().ifPresent(day -> add(" AND r.day <= ?", day.toEpochDay()));
        query.sender().map(text -> text.toLowerCase(Locale.ROOT)).ifPresent(text -> {
            add(" AND (instr(r.sender, ?) > 0", text);
            add(" OR instr(ifnull(r.dkim_domain, ''), ?) > 0)", text);
        });
    }

    private void add(String condition, Object... arguments) {
        sql.append(condition);
        bound.addAll(List.of(arguments));
    }

    /// Each begins with AND.
    String sql() {
        return sql.toString();
    }

    /// The arguments of the conditions, with what the caller's own place holders before and behind them take.
    Object[] arguments(List<Object> before, Object... behind) {
        List<Object> all = new ArrayList<>(before);
        all.addAll(bound);
        all.addAll(List.of(behind));
        return all.toArray();
    }
}
