// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.ArrayList;
import java.util.List;

/// The deviations met so far: the first ones, and how many more there are.
final class Notes {
    private final List<Deviation> deviations = new ArrayList<>();
    private int more;

    void add(String place, String rule) {
        if (deviations.size() < ReportReader.MOST_DEVIATIONS - 1) {
            deviations.add(new Deviation(Printable.line(place, 200), Printable.line(rule, 200)));
        } else {
            more++;
        }
    }

    List<Deviation> list() {
        var all = new ArrayList<>(deviations);
        if (more > 0) {
            all.add(new Deviation("", "more deviations: " + more));
        }
        return all;
    }
}
