// SPDX-License-Identifier: Apache-2.0

/// The gateway as a whole: [Gateway] is started and stopped; [Transport] is the part that resolves, decides and
/// connects, shared by delivery and by [org.gatepost.gateway.explain.Explainer].
@NullMarked
package org.gatepost.gateway;

import org.jspecify.annotations.NullMarked;
