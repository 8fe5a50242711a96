// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

/// The one table of what each [DeliveryFailure] means.
public final class OutcomeTable {
    private OutcomeTable() {}
}
