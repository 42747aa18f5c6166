# Makes surveillance.json: what R's `surveillance` says of a few made-up weekly series.
#   Rscript tests/series/make_surveillance_fixture.R > tests/series/surveillance.json
suppressMessages({library(surveillance); library(jsonlite)})
set.seed(7)
n <- 364
t <- seq_len(n)
nb <- function(mu, phi) if (phi > 1) rnbinom(n, size = mu / (phi - 1), prob = 1 / phi) else rpois(n, mu)
season <- 0.5 * cos(2 * pi * t / 52) + 0.3 * sin(2 * pi * t / 52)
series <- list(
  flat = nb(rep(20, n), 1), rising = nb(exp(1.5 + 0.004 * t), 2), seasonal = nb(exp(2.5 + season), 3),
  seasonal_rising = nb(exp(1 + 0.003 * t + season), 1.5), rare = nb(rep(0.4, n), 1), zeros = rep(0, n),
  large = nb(exp(5 + 0.2 * season), 4), falling = nb(exp(4 - 0.004 * t), 1.5),
  outbreak_in_baseline = nb(rep(6, n), 1.2), outbreak_now = nb(rep(4, n), 1), quiet_window = nb(rep(3, n), 1)
)
series$outbreak_in_baseline[c(250:254, 198:200)] <- series$outbreak_in_baseline[c(250:254, 198:200)] + 40
series$outbreak_now[300:303] <- c(9, 17, 22, 12)
series$quiet_window[series$quiet_window > 0 & (t %% 52) %in% 0:6] <- 0
observed <- do.call(cbind, series)
range <- 296:311
controls <- list(
  default = list(), no_trend = list(trend = FALSE), no_reweight = list(reweight = FALSE),
  three_years = list(b = 3, w = 4, weightsThreshold = 1),
  noufaily = list(noPeriods = 10, pastWeeksNotIncluded = 26, thresholdMethod = "nbPlugin", alpha = 0.005),
  muan = list(noPeriods = 10, pastWeeksNotIncluded = 26, thresholdMethod = "muan", alpha = 0.01),
  half = list(powertrans = "1/2", alpha = 0.01, limit54 = c(0, 4)), plain = list(powertrans = "none")
)
dates <- as.Date("2017-01-02") + 7 * (t - 1)
run <- function(control, dated) {
  s <- if (dated) sts(observed, epoch = as.numeric(dates), epochAsDate = TRUE, frequency = 52)
       else sts(observed, frequency = 52)
  control$range <- range
  control$glmWarnings <- FALSE
  found <- suppressWarnings(farringtonFlexible(s, control = control))
  list(expected = found@control$expected, upper = upperbound(found), p = found@control$pvalue,
       alarm = alarms(found) == 1)
}
ears <- function(method, control) {
  found <- earsC(sts(observed, frequency = 52), control = c(list(method = method, range = range), control))
  list(upper = upperbound(found), alarm = alarms(found) == 1)
}
mu0 <- rep(6, length(250:364))
cusum <- algo.glrnb(create.disProg("x", 0 * observed[, "outbreak_in_baseline"] + observed[, "outbreak_now"], 0 * t),
  control = list(range = 250:364, c.ARL = 4, mu0 = rep(4, 115), alpha = 0.25, theta = log(1.8),
                 change = "intercept", ret = "value"))
cat(toJSON(list(
  made_with = paste("surveillance", packageVersion("surveillance")),
  range = range - 1, dates = format(dates), names = colnames(observed), observed = t(observed),
  farrington = list(plain = lapply(controls, run, dated = FALSE), dated = lapply(controls[c("default", "noufaily")], run, dated = TRUE)),
  ears = list(C1 = ears("C1", list(alpha = 0.001)), C2 = ears("C2", list(baseline = 9)), C3 = ears("C3", list(minSigma = 0.5))),
  cusum = list(upperbound = cusum$upperbound[, 1], alarm = cusum$alarm[, 1] == 1)
), digits = 8, na = "null"))
