// SPDX-License-Identifier: Apache-2.0
@NullMarked
package org.gatepost.lab;

import org.jspecify.annotations.NullMarked;
