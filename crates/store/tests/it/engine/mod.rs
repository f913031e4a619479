mod commits;
mod opening;
mod units;
