import fc from 'fast-check';

// What a property failed with is told in its message: workers of mocha hand on no `cause`.
fc.configureGlobal({ includeErrorInReport: true });
