"""Routes on a sphere, and a vehicle's way along one."""
