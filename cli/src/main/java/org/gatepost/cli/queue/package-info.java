// SPDX-License-Identifier: Apache-2.0

/// What `gatepost queue` prints.
@NullMarked
package org.gatepost.cli.queue;

import org.jspecify.annotations.NullMarked;
