// SPDX-License-Identifier: Apache-2.0

/// What every conversation over a socket needs, whichever protocol it speaks.
@NullMarked
package org.gatepost.gateway.net;

import org.jspecify.annotations.NullMarked;
