// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gatepost.tlsrpt.ReportSummary.Line;
import org.gatepost.tlsrpt.ReportSummary.Ranking;

/// Sessions by some key: up to a number of keys, then all others together, so that the sum is always true.
final class Tally<K> {
    private static final class Sum {
        private long successful;
        private long failed;

        private void add(long moreSuccessful, long moreFailed) {
            successful += moreSuccessful;
            failed += moreFailed;
        }

        private <K> Line<K> line(K key) {
            return new Line<>(key, successful, failed);
        }
    }

    private final Map<K, Sum> sums = new HashMap<>();
    private final Sum others = new Sum();
    private final int most;
    private boolean folded;

    Tally(int most) {
        this.most = most;
    }

    void add(K key, long successful, long failed) {
        Sum sum = sums.get(key);
        if (sum == null && sums.size() < most) {
            sum = new Sum();
            sums.put(key, sum);
        }
        if (sum == null) {
            folded = true;
            others.add(successful, failed);
        } else {
            sum.add(successful, failed);
        }
    }

    /// Lines in the given order; those that compare equal in that of most failures, then of most sessions.
    Ranking<K> ranking(Comparator<? super Line<K>> order) {
        List<Line<K>> lines = new ArrayList<>();
        sums.forEach((key, sum) -> lines.add(sum.line(key)));
        lines.sort(order);
        return new Ranking<>(
                lines,
                folded ? Optional.of(new ReportSummary.Others(others.successful, others.failed)) : Optional.empty());
    }
}
