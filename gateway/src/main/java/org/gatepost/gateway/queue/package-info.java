// SPDX-License-Identifier: Apache-2.0

/// What operators ask of the queue and have done to it, in this process or from another one on the same machine.
@NullMarked
package org.gatepost.gateway.queue;

import org.jspecify.annotations.NullMarked;
