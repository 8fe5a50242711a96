// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.Optional;

/// Whether a connection meets what the operator demands of TLS. No part of TLS reports: it says nothing about
/// what the receiver published.
///
/// @param demand never opportunistic or less: what demands nothing has no finding
/// @param failure empty when the demand is met; else it forbids delivery
/// @param evidence one printable line
public record OperatorFinding(TlsDemand demand, Optional<DeliveryFailure> failure, String evidence) {}
