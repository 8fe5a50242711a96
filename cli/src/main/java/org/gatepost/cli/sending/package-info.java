// SPDX-License-Identifier: Apache-2.0

/// What `gatepost report show` and `gatepost report send` print.
@NullMarked
package org.gatepost.cli.sending;

import org.jspecify.annotations.NullMarked;
