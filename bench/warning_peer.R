# R's side of `python -m bench.warning`: reads counts (one series a row, no header), writes expected and upper.
#   Rscript bench/warning_peer.R COUNTS.csv POSITION OUT.csv
suppressMessages(library(surveillance))
arguments <- commandArgs(TRUE)
observed <- t(as.matrix(read.csv(arguments[1], header = FALSE)))
series <- sts(observed, frequency = 52)
control <- list(range = as.integer(arguments[2]), noPeriods = 10, pastWeeksNotIncluded = 26,
                thresholdMethod = "nbPlugin", alpha = 0.005, glmWarnings = FALSE)
started <- proc.time()
found <- suppressWarnings(farringtonFlexible(series, control = control))
spent <- proc.time() - started
cat(spent[["elapsed"]], spent[["user.self"]] + spent[["sys.self"]], "\n")
write.csv(data.frame(expected = found@control$expected[1, ], upper = upperbound(found)[1, ]),
          arguments[3], row.names = FALSE)
