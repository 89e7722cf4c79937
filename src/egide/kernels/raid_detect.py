"""Detection and identification: when each air picture has a track, and when the order can go out."""

from __future__ import annotations

import math

import numpy as np

from egide.kernels.raid_arrays import (
    FUSE_GIVEN,
    FUSE_PLOTS,
    FUSE_TRACKS,
    IDENTIFIED_BIT,
    SEEN_BIT,
    ST_DECIDE,
    ST_IDENTIFY,
    ST_IDENTITY,
    ST_PHASE,
    ST_SCAN,
    TRACK_BIT,
    ZERO,
    Detection,
)
from egide.kernels.raid_jit import bare
from egide.kernels.rng import normal, uniform


@bare
def scan_index(threat_key: int, sensor_key: int, scan: int) -> int:
    """Address of one scan: 24 bits of threat, 16 of sensor, 20 of scan number."""
    return (threat_key << 36) | (sensor_key << 20) | scan


@bare
def pair_index(threat_key: int, actor_key: int) -> int:
    """Address of a threat with a sensor, picture, jammer, shot or window."""
    return (threat_key << 16) | actor_key


@bare
def lognormal(seed: int, trial: int, stream: int, index: int, median: float, spread: float) -> float:
    """Lognormal delay with this median and standard deviation of the logarithm; 0 for a median of 0."""
    if median <= 0.0:
        return 0.0
    if spread <= 0.0:
        return median
    return median * math.exp(spread * normal(seed, trial, stream, index))


@bare
def bits(value: int) -> int:
    """Count of set bits."""
    count = 0
    while value:
        value &= value - 1
        count += 1
    return count


@bare
def first_scan(entry: float, start: float, period: float, after: int) -> int:
    """Number of the first scan at or after `entry`, given scan 0 at `start`, not before `after`."""
    if entry <= start + after * period:
        return after
    number = math.ceil((entry - start) / period)
    return number if number > after else after


@bare
def confirm(
    seed: int,
    trial: int,
    threat_key: int,
    sensor: np.void,
    looks: np.ndarray,
    lo: int,
    hi: int,
    scale: float,
    limit: float,
) -> tuple[float, int]:
    """Time of the M-th detection within N consecutive scans of one sensor, and the count of detections.

    Rows `lo:hi` of `looks` are the sensor's windows in order of time. The scan clock keeps running between
    them, and scans in a gap count as misses. Gives infinity when no track is confirmed before `limit`.
    """
    period = sensor["period"]
    sensor_key = sensor["key"]
    m = sensor["m"]
    mask = (1 << sensor["n"]) - 1
    start = looks[lo]["entry"] + period * uniform(seed, trial, ST_PHASE, pair_index(threat_key, sensor_key))
    scan = ZERO
    history = 0
    hits = 0
    for row in range(lo, hi):
        leave = looks[row]["exit"]
        chance = looks[row]["pd"] * scale
        number = first_scan(looks[row]["entry"], start, period, scan)
        gap = number - scan
        history = (history << gap) & mask if gap < 62 else 0
        scan = number
        t = start + scan * period
        while t < leave:
            if t >= limit:
                return math.inf, hits
            history = (history << 1) & mask
            if uniform(seed, trial, ST_SCAN, scan_index(threat_key, sensor_key, scan)) < chance:
                hits += 1
                history |= 1
                if bits(history) >= m:
                    return t, hits
            scan += 1
            t = start + scan * period
    return math.inf, hits


@bare
def collect_plots(
    seed: int,
    trial: int,
    threat_key: int,
    sensor: np.void,
    looks: np.ndarray,
    lo: int,
    hi: int,
    scale: float,
    limit: float,
    plots: np.ndarray,
    count: int,
) -> int:
    """Insert one sensor's detections before `limit` into the sorted `plots`; returns the new count."""
    period = sensor["period"]
    sensor_key = sensor["key"]
    start = looks[lo]["entry"] + period * uniform(seed, trial, ST_PHASE, pair_index(threat_key, sensor_key))
    scan = ZERO
    for row in range(lo, hi):
        leave = looks[row]["exit"]
        chance = looks[row]["pd"] * scale
        scan = first_scan(looks[row]["entry"], start, period, scan)
        t = start + scan * period
        while t < leave and t < limit:
            if uniform(seed, trial, ST_SCAN, scan_index(threat_key, sensor_key, scan)) < chance:
                at = count
                while at > 0 and plots[at - 1] > t:
                    plots[at] = plots[at - 1]
                    at -= 1
                plots[at] = t
                count += 1
            scan += 1
            t = start + scan * period
    return count


@bare
def plot_track(plots: np.ndarray, count: int, m: int, window: float) -> float:
    """Time of the first plot that is the M-th within `window` seconds, or infinity."""
    for last in range(m - 1, count):
        if plots[last] - plots[last - m + 1] <= window:
            return float(plots[last])
    return math.inf


@bare
def feeds(detection: Detection, s: int, p: int) -> bool:
    """Whether a sensor's detections reach a picture it belongs to tonight: linked, or the unit's own."""
    return bool(detection.sensors[s]["linked"] != 0 or detection.pictures[p]["shared"] == 0)


@bare
def threat_tracks(
    seed: int,
    trial: int,
    threat: np.void,
    horizon: float,
    detection: Detection,
    track: np.ndarray,
) -> int:
    """Fill `track[p]`, seconds since launch, for one threat; gives the count of detections.

    `horizon` is when the threat comes to its natural end. A sensor stops being scanned once every picture
    it feeds already has a track: later scans cannot bring any of them forward. A spare picture, which another
    one always forestalls, is waited for only as long as a unit that must see the threat itself can use it.
    """
    looks = detection.looks
    sensors = detection.sensors
    pictures = detection.pictures
    hits = 0
    plotting = False
    for p in range(pictures.size):
        fusion = pictures[p]["fusion"]
        track[p] = 0.0 if fusion == FUSE_GIVEN else math.inf
        plotting = plotting or fusion == FUSE_PLOTS
    lo = threat["look_lo"]
    while lo < threat["look_hi"]:
        s = looks[lo]["sensor"]
        hi = lo + 1
        while hi < threat["look_hi"] and looks[hi]["sensor"] == s:
            hi += 1
        if sensors[s]["up"] != 0:
            latest = -1.0
            for k in range(sensors[s]["member_lo"], sensors[s]["member_hi"]):
                p = detection.members[k]
                if feeds(detection, s, p) and pictures[p]["fusion"] != FUSE_GIVEN:
                    useful = horizon if pictures[p]["spare"] == 0 else min(horizon, looks[lo]["until"])
                    latest = max(latest, min(track[p], useful))
            if latest > looks[lo]["entry"]:
                scale = sensors[s]["pd_scale"]
                t, found = confirm(seed, trial, threat["key"], sensors[s], looks, lo, hi, scale, latest)
                hits += found
                for k in range(sensors[s]["member_lo"], sensors[s]["member_hi"]):
                    p = detection.members[k]
                    if feeds(detection, s, p) and pictures[p]["fusion"] == FUSE_TRACKS and t < track[p]:
                        track[p] = t
        lo = hi
    if plotting:
        for p in range(pictures.size):
            if pictures[p]["fusion"] == FUSE_PLOTS:
                track[p] = fused_track(seed, trial, threat, horizon, detection, p)
    return hits


@bare
def fused_track(
    seed: int, trial: int, threat: np.void, horizon: float, detection: Detection, picture: int
) -> float:
    """Track time of a picture that pools the single detections of its sensors."""
    looks = detection.looks
    sensors = detection.sensors
    plots = detection.plots
    m = detection.pictures[picture]["plot_m"]
    window = detection.pictures[picture]["plot_window"]
    count = ZERO
    best = math.inf
    lo = threat["look_lo"]
    while lo < threat["look_hi"]:
        s = looks[lo]["sensor"]
        hi = lo + 1
        while hi < threat["look_hi"] and looks[hi]["sensor"] == s:
            hi += 1
        member = False
        for k in range(sensors[s]["member_lo"], sensors[s]["member_hi"]):
            member = member or detection.members[k] == picture
        if member and feeds(detection, s, picture) and sensors[s]["up"] != 0:
            scale = sensors[s]["pd_scale"]
            limit = min(best, horizon)
            count = collect_plots(
                seed, trial, threat["key"], sensors[s], looks, lo, hi, scale, limit, plots, count
            )
            best = min(best, plot_track(plots, count, m, window))
        lo = hi
    return best


@bare
def order_times(
    seed: int,
    trial: int,
    threat: np.void,
    ignored: float,
    pictures: np.ndarray,
    track: np.ndarray,
    ready: np.ndarray,
) -> int:
    """Fill `ready[p]`, when units on picture `p` may be ordered to engage; gives the bits reached.

    Track, identification (with the chance `ignored` of being taken for harmless), decision; infinity when
    the picture never orders an engagement. A picture nobody fights from identifies nothing: it cannot make a
    threat known that was taken for harmless where it counts.
    """
    flags = 0
    asked = False
    for p in range(pictures.size):
        ready[p] = math.inf
        if track[p] == math.inf:
            continue
        flags |= SEEN_BIT | TRACK_BIT
        if pictures[p]["orders"] == 0:
            continue
        asked = True
        index = pair_index(threat["key"], pictures[p]["key"])
        if ignored > 0.0 and uniform(seed, trial, ST_IDENTITY, index) < ignored:
            continue
        flags |= IDENTIFIED_BIT
        identify = lognormal(
            seed, trial, ST_IDENTIFY, index, pictures[p]["identify"], pictures[p]["identify_spread"]
        )
        decide = lognormal(seed, trial, ST_DECIDE, index, pictures[p]["decide"], pictures[p]["decide_spread"])
        ready[p] = track[p] + identify + decide
    if not asked:
        flags |= IDENTIFIED_BIT
    return flags
