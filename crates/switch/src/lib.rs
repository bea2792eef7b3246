//! The exchange: parties, journeys and bridges, without SIP, sockets or clocks.
