// SPDX-License-Identifier: Apache-2.0
@NullMarked
package org.gatepost.cli;

import org.jspecify.annotations.NullMarked;
