// SPDX-License-Identifier: Apache-2.0

/// The `gatepost` command.
@NullMarked
package org.gatepost.cli;

import org.jspecify.annotations.NullMarked;
