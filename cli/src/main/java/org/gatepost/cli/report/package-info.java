// SPDX-License-Identifier: Apache-2.0

/// TLS reports from files: finding them, and showing what they say together.
@NullMarked
package org.gatepost.cli.report;

import org.jspecify.annotations.NullMarked;
